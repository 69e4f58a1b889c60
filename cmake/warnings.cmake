# SPDX-License-Identifier: GPL-2.0-or-later
# One place for compiler flags; everything of ours links ikesync_flags.
add_library(ikesync_flags INTERFACE)
target_compile_options(ikesync_flags INTERFACE
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wformat=2 -Wvla -Wimplicit-fallthrough
	-fno-strict-aliasing -fstack-protector-strong)
target_compile_definitions(ikesync_flags INTERFACE _GNU_SOURCE IKESYNC_VERSION="${PROJECT_VERSION}")
if(IKESYNC_WERROR)
	target_compile_options(ikesync_flags INTERFACE -Werror)
endif()
if(IKESYNC_SANITIZE)
	target_compile_options(ikesync_flags INTERFACE
		-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
	target_link_options(ikesync_flags INTERFACE -fsanitize=address,undefined)
	target_compile_definitions(ikesync_flags INTERFACE IKESYNC_SANITIZED=1)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
	target_compile_definitions(ikesync_flags INTERFACE _FORTIFY_SOURCE=2)
	target_link_options(ikesync_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
