# SPDX-License-Identifier: GPL-2.0-or-later
# A .deb of the Wireshark plugin: `cmake -S dissector -B build/plugin && cmake --build build/plugin && cd build/plugin && cpack`.
#
# A plugin fits one Wireshark series only, so there is one package a series, all of one name: Wireshark's series
# is in the version, and dpkg-shlibdeps takes the exact libwireshark (its soname has a package of its own name)
# into the dependencies, so that a package of another series cannot be installed.
set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX ${Wireshark_INSTALL_PREFIX}) # where this Wireshark looks
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
	OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_NAME wireshark-plugin-ikesync)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION}+ws${Wireshark_MAJOR_VERSION}.${Wireshark_MINOR_VERSION})
set(CPACK_PACKAGE_CONTACT "ikesync maintainers <maintainers@users.noreply.r-seed-2ef04567.example>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

# The guides, and all that they lead to (tests/installed_links); copyright and changelog as Debian wants them.
set(docs ${CMAKE_CURRENT_LIST_DIR}/../docs)
if(IKESYNC_PLUGIN_USER)
	set(doc_dir "$ENV{HOME}/.local/share/doc/wireshark-plugin-ikesync")
else()
	set(doc_dir share/doc/wireshark-plugin-ikesync)
endif()
file(GLOB guides CONFIGURE_DEPENDS ${docs}/dissector*.md)
if(EXISTS ${docs}/wire-profile.md)
	install(FILES ${guides} ${docs}/install-plugin.md ${docs}/building-in-tree.md ${docs}/upstream.md ${docs}/wire-profile.md
		${docs}/requirements.md DESTINATION ${doc_dir} COMPONENT dissector)
	install(DIRECTORY ${docs}/images DESTINATION ${doc_dir} COMPONENT dissector FILES_MATCHING PATTERN wireshark-*.png)
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/plugin-changelog.in changelog @ONLY)
execute_process(COMMAND gzip -9n INPUT_FILE ${CMAKE_CURRENT_BINARY_DIR}/changelog
	OUTPUT_FILE ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz DESTINATION share/doc/wireshark-plugin-ikesync COMPONENT package)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/plugin-copyright RENAME copyright
	DESTINATION share/doc/wireshark-plugin-ikesync COMPONENT package)

set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_ENHANCES "wireshark, tshark")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Wireshark plugin for IKEv2 SA synchronisation
Dissects the IKE_SA_SYN payload of draft-xu-ike-sa-sync-01 and the notifies of
the ikesync wire profile inside Wireshark's own view of IKEv2, and the messages
between gateways and stub banks, and links the frames of a resumed session.

This build is for Wireshark ${Wireshark_MAJOR_VERSION}.${Wireshark_MINOR_VERSION} only.")
include(CPack)
