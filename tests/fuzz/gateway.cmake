# SPDX-License-Identifier: GPL-2.0-or-later
# What strangers can send a gateway that logs them in. The programs make certificates when they start.
# tests/fuzz returns before ref-gateway and tests/exchange are added, so their sources are named here.
set(gateway_dir ${PROJECT_SOURCE_DIR}/ref-gateway/gateway)
set(exchange_dir ${PROJECT_SOURCE_DIR}/tests/exchange)
file(GLOB gateway_sources CONFIGURE_DEPENDS ${gateway_dir}/gateway.c ${gateway_dir}/exchange/*.c ${gateway_dir}/auth/*.c
	${gateway_dir}/stub/*.c ${gateway_dir}/core/*.c ${gateway_dir}/aaa/radius_packet.c)
add_library(gateway_fuzzed STATIC ${gateway_sources} ${exchange_dir}/world.c ${exchange_dir}/memory_bank.c
	${exchange_dir}/memory_plane.c ${exchange_dir}/ike_peer.c ${exchange_dir}/pki.c ${exchange_dir}/memory_aaa.c)
target_include_directories(gateway_fuzzed PUBLIC ${gateway_dir} ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(gateway_fuzzed PUBLIC tool ike PRIVATE ikesync_flags PUBLIC PkgConfig::OPENSSL)

foreach(target keys_certificate gateway_auth gateway_eap gateway_session radius_packet)
	ikesync_fuzzer(${target} SOURCES ${CMAKE_CURRENT_LIST_DIR}/${target}.c LIBS gateway_fuzzed)
endforeach()
