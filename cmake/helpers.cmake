# SPDX-License-Identifier: GPL-2.0-or-later

# ikesync_library(NAME sources... ) : a static library of lib/, public headers as "NAME/file.h"
function(ikesync_library name)
	add_library(${name} STATIC ${ARGN})
	target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/lib)
	target_link_libraries(${name} PRIVATE ikesync_flags)
endfunction()

# ikesync_unit_test(NAME SOURCES a.c ... LIBS wire keys ...) : one cmocka program, one ctest entry
function(ikesync_unit_test name)
	cmake_parse_arguments(T "" "" "SOURCES;LIBS" ${ARGN})
	add_executable(${name} ${T_SOURCES})
	target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/tests)
	target_link_libraries(${name} PRIVATE ikesync_flags ${T_LIBS} PkgConfig::CMOCKA)
	target_compile_definitions(${name} PRIVATE TESTS_DIR="${PROJECT_SOURCE_DIR}/tests")
	add_test(NAME ${name} COMMAND ${name})
	set_tests_properties(${name} PROPERTIES TIMEOUT 1200)
endfunction()

# ikesync_fuzzer(NAME SOURCES a.c LIBS wire ...) : a libFuzzer program; corpus in tests/fuzz/corpus/NAME
function(ikesync_fuzzer name)
	cmake_parse_arguments(T "" "" "SOURCES;LIBS" ${ARGN})
	add_executable(${name} ${T_SOURCES})
	target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/lib)
	target_link_libraries(${name} PRIVATE ikesync_flags ${T_LIBS})
	target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
	target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()
