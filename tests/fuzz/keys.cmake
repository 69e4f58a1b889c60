# SPDX-License-Identifier: GPL-2.0-or-later
foreach(target keys_sk_open keys_seal_keys keys_seal_open)
	ikesync_fuzzer(${target} SOURCES ${CMAKE_CURRENT_LIST_DIR}/${target}.c LIBS keys wire)
endforeach()
