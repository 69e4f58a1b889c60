# SPDX-License-Identifier: GPL-2.0-or-later
# The bank's session over a store in a temporary directory, and what a store reads back.
# tests/fuzz returns before ref-gateway is added, so its sources are named here.
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
set(bank_dir ${PROJECT_SOURCE_DIR}/ref-gateway/bank)
add_library(bank_fuzzed STATIC ${bank_dir}/access.c ${bank_dir}/atrest.c ${bank_dir}/bank_config.c ${bank_dir}/census.c
	${bank_dir}/prefetch.c ${bank_dir}/protocol.c ${bank_dir}/rates.c ${bank_dir}/record.c ${bank_dir}/request.c
	${bank_dir}/rules.c ${bank_dir}/store_rocksdb.c ${bank_dir}/writer.c)
target_include_directories(bank_fuzzed PUBLIC ${bank_dir})
target_link_libraries(bank_fuzzed PUBLIC tool PRIVATE ikesync_flags ${ROCKSDB_LIBRARY} PkgConfig::OPENSSL)

ikesync_fuzzer(bank_session SOURCES ${CMAKE_CURRENT_LIST_DIR}/bank_session.c LIBS bank_fuzzed)
ikesync_fuzzer(bank_record SOURCES ${CMAKE_CURRENT_LIST_DIR}/bank_record.c LIBS bank_fuzzed)
