# SPDX-License-Identifier: GPL-2.0-or-later
# What the plugin costs: tests/bench/dissector runs these; ctest only sees that a small run works, without
# --instructions: 48 runs under callgrind take minutes.
if(NOT TARGET ikesync_plugin)
	return()
endif()
foreach(program traffic measure)
	add_executable(dissector_${program} ${CMAKE_CURRENT_LIST_DIR}/dissector_${program}.c)
	target_link_libraries(dissector_${program} PRIVATE ikesync_flags)
endforeach()
if(NOT IKESYNC_SANITIZE) # a sanitized plugin would measure the sanitizer
	add_test(NAME bench_dissector COMMAND ${CMAKE_CURRENT_LIST_DIR}/dissector --build ${PROJECT_BINARY_DIR}
		--frames 2000 --rounds 1)
	set_tests_properties(bench_dissector PROPERTIES LABELS release TIMEOUT 300)
endif()
