# SPDX-License-Identifier: GPL-2.0-or-later
# The Wireshark plugin, instrumented, in the system's libwireshark. Written for the API of 4.0, where
# the project's checks run; what the plugin does is the same in later series.
#
#   dissect_ike      IKE messages over UDP and TCP
#   dissect_stub     stub messages in TCP segments
#   dissect_resume   plaintext of protected messages and sealed stubs, encrypted before the plugin sees it
#   dissect_secrets  the secrets block of a capture, the key file, rows of the preferences' tables
#
# After a change of format or a long run:
#   ninja -C build/fuzz dissect_seeds    writes seeds of captures/, make_captures and by hand to build/fuzz/seeds
#   ninja -C build/fuzz dissect_corpus   seeds, corpus and what tests/dissect/fuzz_long kept, merged into corpus/
if(NOT IKESYNC_DISSECTOR)
	return()
endif()
find_package(Wireshark CONFIG)
if(NOT Wireshark_FOUND OR NOT Wireshark_MAJOR_VERSION EQUAL 4 OR NOT Wireshark_MINOR_VERSION EQUAL 0)
	message(STATUS "fuzz targets of the dissector are left out: no wireshark-dev of series 4.0")
	return()
endif()
set(dissect_dir ${PROJECT_SOURCE_DIR}/tests/dissect)
file(GLOB plugin_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/dissector/*.c
	${PROJECT_SOURCE_DIR}/dissector/*/*.c)
pkg_check_modules(GCRYPT REQUIRED IMPORTED_TARGET libgcrypt)
add_library(plugin_fuzzed STATIC ${plugin_sources} ${dissect_dir}/fuzz_epan.c ${dissect_dir}/fuzz_taps.c
	${dissect_dir}/fuzz_gcrypt.c)
target_include_directories(plugin_fuzzed PUBLIC ${PROJECT_SOURCE_DIR}/dissector)
target_include_directories(plugin_fuzzed SYSTEM PUBLIC ${Wireshark_INCLUDE_DIR})
target_link_libraries(plugin_fuzzed PUBLIC epan wiretap wsutil PkgConfig::GLIB PkgConfig::GCRYPT PRIVATE ikesync_flags)
foreach(name md_write md_setkey cipher_setkey cipher_setiv cipher_authenticate cipher_checktag cipher_decrypt)
	target_link_options(plugin_fuzzed INTERFACE LINKER:--wrap=gcry_${name})
endforeach()
set(dissect_ike_sources fuzz_ike.c)
set(dissect_stub_sources fuzz_stub.c)
set(dissect_resume_sources fuzz_resume.c fuzz_secure.c)
set(dissect_secrets_sources fuzz_secrets.c fuzz_secure.c)
set(merges)
foreach(target ike stub resume secrets)
	list(TRANSFORM dissect_${target}_sources PREPEND ${dissect_dir}/)
	ikesync_fuzzer(dissect_${target} SOURCES ${dissect_${target}_sources} LIBS plugin_fuzzed)
	set(new_units ${CMAKE_CURRENT_BINARY_DIR}/new/dissect_${target})
	file(MAKE_DIRECTORY ${new_units})
	add_test(NAME fuzz_dissect_${target} COMMAND dissect_${target} -runs=20000 -max_total_time=60 -seed=1 -max_len=4096
		-artifact_prefix=${new_units}/ ${new_units} ${CMAKE_CURRENT_LIST_DIR}/corpus/dissect_${target})
	set_tests_properties(fuzz_dissect_${target} PROPERTIES TIMEOUT 300)
	list(APPEND merges COMMAND ${dissect_dir}/fuzz_merge $<TARGET_FILE:dissect_${target}>
		${CMAKE_CURRENT_LIST_DIR}/corpus/dissect_${target} ${CMAKE_BINARY_DIR}/seeds/dissect_${target}
		${CMAKE_BINARY_DIR}/fuzz-long/dissect_${target})
endforeach()

pkg_check_modules(PCAP IMPORTED_TARGET libpcap)
if(NOT PCAP_FOUND)
	message(STATUS "dissect_seeds is left out: no libpcap-dev")
	return()
endif()
add_executable(fuzz_seeds EXCLUDE_FROM_ALL ${dissect_dir}/fuzz_seeds.c ${dissect_dir}/fuzz_seeds_made.c
	${dissect_dir}/octets.c)
target_link_libraries(fuzz_seeds PRIVATE ikesync_flags PkgConfig::PCAP)
add_executable(fuzz_captures EXCLUDE_FROM_ALL ${dissect_dir}/make_captures.c ${dissect_dir}/make_ike.c
	${dissect_dir}/make_carriers.c ${dissect_dir}/make_clauses.c ${dissect_dir}/make_hostile.c ${dissect_dir}/make_links.c ${dissect_dir}/make_stub.c
	${dissect_dir}/octets.c)
target_link_libraries(fuzz_captures PRIVATE ikesync_flags)
file(GLOB captures CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/captures/*.pcapng ${dissect_dir}/decrypt/*.pcapng)
add_custom_target(dissect_seeds
	COMMAND ${CMAKE_COMMAND} -E make_directory made seeds/dissect_ike seeds/dissect_stub seeds/dissect_resume
		seeds/dissect_secrets
	COMMAND ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0 $<TARGET_FILE:fuzz_captures> made
	COMMAND ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0 sh -c "exec $<TARGET_FILE:fuzz_seeds> seeds \"$@\" made/*.pcap" sh ${captures}
	WORKING_DIRECTORY ${CMAKE_BINARY_DIR} DEPENDS fuzz_seeds fuzz_captures VERBATIM)
add_custom_target(dissect_corpus ${merges} DEPENDS dissect_seeds VERBATIM)
