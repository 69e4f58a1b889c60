# SPDX-License-Identifier: GPL-2.0-or-later
# What comes to the port of ESP, from anybody and from a client, and what comes out of the device.
ikesync_fuzzer(esp_packets SOURCES ${CMAKE_CURRENT_LIST_DIR}/esp_packets.c LIBS ipsec)
