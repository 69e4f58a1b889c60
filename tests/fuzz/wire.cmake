# SPDX-License-Identifier: GPL-2.0-or-later
# lib/wire. The properties live beside the unit tests, which use the same ones for bit flips.
foreach(target wire_message wire_stub_message wire_stub wire_text)
	ikesync_fuzzer(${target}
		SOURCES ${CMAKE_CURRENT_LIST_DIR}/${target}.c
			${PROJECT_SOURCE_DIR}/tests/unit/wire/reparse.c
		LIBS wire)
	target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
	# A fixed count from a fixed seed: the same run every time. New units stay in the build tree.
	set(new_units ${CMAKE_CURRENT_BINARY_DIR}/new/${target})
	file(MAKE_DIRECTORY ${new_units})
	add_test(NAME fuzz_${target} COMMAND ${target} -runs=200000 -seed=1 -max_len=4096
		-artifact_prefix=${new_units}/ ${new_units} ${CMAKE_CURRENT_LIST_DIR}/corpus/${target})
	set_tests_properties(fuzz_${target} PROPERTIES TIMEOUT 300)
endforeach()
