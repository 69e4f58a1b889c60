# SPDX-License-Identifier: GPL-2.0-or-later
# ikesync as a custom plugin inside Wireshark's own source tree (docs/building-in-tree.md): its macros, its
# flags, its output folder, beside its own plugins.
include(WiresharkPlugin)
string(REPLACE . ";" parts "${IKESYNC_PLUGIN_VERSION}")
list(GET parts 0 major)
list(GET parts 1 minor)
list(GET parts 2 micro)
set_module_info(ikesync ${major} ${minor} ${micro} 0)

# plugin.c has what plugins/epan/*/plugin.c is otherwise made for.
file(GLOB PLUGIN_FILES CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.c ${CMAKE_CURRENT_LIST_DIR}/*/*.c)
set_source_files_properties(${PLUGIN_FILES} PROPERTIES COMPILE_FLAGS "${WERROR_COMMON_FLAGS}")
add_wireshark_plugin_library(ikesync epan)
target_compile_definitions(ikesync PRIVATE IKESYNC_VERSION="${IKESYNC_PLUGIN_VERSION}")
target_include_directories(ikesync PRIVATE ${CMAKE_CURRENT_LIST_DIR})
target_include_directories(ikesync SYSTEM PRIVATE ${GCRYPT_INCLUDE_DIRS})
target_link_libraries(ikesync epan ${GCRYPT_LIBRARIES})
install_plugin(ikesync epan)
install(DIRECTORY ${CMAKE_CURRENT_LIST_DIR}/profile/ikesync DESTINATION ${CMAKE_INSTALL_DATADIR}/wireshark/profiles)
