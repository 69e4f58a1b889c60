# SPDX-License-Identifier: GPL-2.0-or-later
# lib/wire. The properties live beside the unit tests, which use the same ones for bit flips.
foreach(target wire_message wire_stub_message wire_stub wire_text)
	ikesync_fuzzer(${target}
		SOURCES ${CMAKE_CURRENT_LIST_DIR}/${target}.c
			${PROJECT_SOURCE_DIR}/tests/unit/wire/reparse.c
		LIBS wire)
	target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
endforeach()
