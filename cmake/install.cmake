# What an installation has: cmake --install BUILD --prefix /usr. The demo page comes along where it was built, and a
# configuration that is there already stays.
include_guard()
include(GNUInstallDirs)

install(TARGETS consomme DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/web/dist/ DESTINATION ${CMAKE_INSTALL_DATADIR}/consomme/web OPTIONAL)
install(FILES ${PROJECT_SOURCE_DIR}/docs/operations.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/consomme)
install(FILES ${PROJECT_SOURCE_DIR}/packaging/consomme.service DESTINATION lib/systemd/system)
install(CODE "
  if(NOT EXISTS \"\$ENV{DESTDIR}/etc/consomme/consomme.toml\")
    file(INSTALL \"${PROJECT_SOURCE_DIR}/packaging/consomme.toml\" DESTINATION /etc/consomme)
  endif()")
