# SPDX-License-Identifier: GPL-2.0-or-later
ikesync_fuzzer(ike_client SOURCES ${CMAKE_CURRENT_LIST_DIR}/ike_client.c LIBS ike keys wire)
