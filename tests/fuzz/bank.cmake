# SPDX-License-Identifier: GPL-2.0-or-later
# The bank's session over a store in a temporary directory, and what a store reads back.
# tests/fuzz returns before ref-gateway is added, so its sources are named here.
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
set(bank_dir ${PROJECT_SOURCE_DIR}/ref-gateway/bank)
add_library(bank_fuzzed STATIC ${bank_dir}/audit.c ${bank_dir}/bank_config.c ${bank_dir}/rate_limits.c ${bank_dir}/redis_config.c ${bank_dir}/prefetch.c
	${bank_dir}/requests.c ${bank_dir}/rights.c ${bank_dir}/session.c
	${bank_dir}/store/atrest.c ${bank_dir}/store/census.c ${bank_dir}/store/record.c ${bank_dir}/store/rules.c
	${bank_dir}/store/engine.c ${bank_dir}/store/engine_rocksdb.c ${bank_dir}/store/group.c ${bank_dir}/store/ledger.c
	${bank_dir}/store/crc32c.c ${bank_dir}/store/mend.c ${bank_dir}/store/mend_file.c ${bank_dir}/store/mend_log.c
	${bank_dir}/store/mend_table.c ${bank_dir}/store/reserve.c ${bank_dir}/store/rocks_options.c ${bank_dir}/store/tally.c
	${bank_dir}/store/engine_redis.c ${bank_dir}/store/redis_commit.c ${bank_dir}/store/redis_envelope.c ${bank_dir}/store/redis_key.c
	${bank_dir}/store/redis_link.c ${bank_dir}/store/redis_nodes.c ${bank_dir}/store/redis_quorum.c ${bank_dir}/store/redis_reply.c
	${bank_dir}/store/redis_scan.c ${bank_dir}/store/redis_script.c ${bank_dir}/store/redis_settle.c ${bank_dir}/store/redis_trouble.c
	${bank_dir}/store/store.c ${bank_dir}/store/store_op.c ${bank_dir}/store/vault.c ${bank_dir}/store/writer.c)
target_include_directories(bank_fuzzed PUBLIC ${bank_dir})
target_link_libraries(bank_fuzzed PUBLIC tool PRIVATE ikesync_flags ${ROCKSDB_LIBRARY} PkgConfig::HIREDIS PkgConfig::OPENSSL)

ikesync_fuzzer(bank_session SOURCES ${CMAKE_CURRENT_LIST_DIR}/bank_session.c LIBS bank_fuzzed)
ikesync_fuzzer(bank_record SOURCES ${CMAKE_CURRENT_LIST_DIR}/bank_record.c LIBS bank_fuzzed)
ikesync_fuzzer(bank_mend SOURCES ${CMAKE_CURRENT_LIST_DIR}/bank_mend.c LIBS bank_fuzzed)
ikesync_fuzzer(bank_redis SOURCES ${CMAKE_CURRENT_LIST_DIR}/bank_redis.c LIBS bank_fuzzed)
