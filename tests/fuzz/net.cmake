# SPDX-License-Identifier: GPL-2.0-or-later
# What lib/net and lib/tool read from files, command lines and streams.
foreach(target net_config net_ctl net_text net_stream)
	ikesync_fuzzer(${target} SOURCES ${CMAKE_CURRENT_LIST_DIR}/${target}.c LIBS tool)
	set(new_units ${CMAKE_CURRENT_BINARY_DIR}/new/${target})
	file(MAKE_DIRECTORY ${new_units})
	add_test(NAME fuzz_${target} COMMAND ${target} -runs=50000 -seed=1 -max_len=4096
		-artifact_prefix=${new_units}/ ${new_units} ${CMAKE_CURRENT_LIST_DIR}/corpus/${target})
	set_tests_properties(fuzz_${target} PROPERTIES TIMEOUT 300)
endforeach()
