# SPDX-License-Identifier: GPL-2.0-or-later
# What ikesync-probe reads from captures.
pkg_check_modules(FUZZ_PCAP REQUIRED IMPORTED_TARGET libpcap)
add_subdirectory(${PROJECT_SOURCE_DIR}/ikesync-probe ${PROJECT_BINARY_DIR}/ikesync-probe EXCLUDE_FROM_ALL)
ikesync_fuzzer(probe_reader SOURCES ${CMAKE_CURRENT_LIST_DIR}/probe_reader.c LIBS probe PkgConfig::FUZZ_PCAP)
set(new_units ${CMAKE_CURRENT_BINARY_DIR}/new/probe_reader)
file(MAKE_DIRECTORY ${new_units})
add_test(NAME fuzz_probe_reader COMMAND probe_reader -runs=20000 -seed=1 -max_len=16384
	-artifact_prefix=${new_units}/ ${new_units} ${CMAKE_CURRENT_LIST_DIR}/corpus/probe_reader)
set_tests_properties(fuzz_probe_reader PROPERTIES TIMEOUT 300)
# The text form of hand-made messages; its property is the unit test's.
ikesync_fuzzer(probe_form SOURCES ${CMAKE_CURRENT_LIST_DIR}/probe_form.c
	${PROJECT_SOURCE_DIR}/tests/unit/probe/form/round_trip.c LIBS probe)
target_include_directories(probe_form PRIVATE ${PROJECT_SOURCE_DIR}/tests)
set(new_units ${CMAKE_CURRENT_BINARY_DIR}/new/probe_form)
file(MAKE_DIRECTORY ${new_units})
add_test(NAME fuzz_probe_form COMMAND probe_form -runs=20000 -seed=1 -max_len=4096
	-artifact_prefix=${new_units}/ ${new_units} ${CMAKE_CURRENT_LIST_DIR}/corpus/probe_form)
set_tests_properties(fuzz_probe_form PROPERTIES TIMEOUT 300)
