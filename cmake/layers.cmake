# One folder is one layer is one library: its sources are *.cc, its unit tests *_test.cc beside them. Links follow the
# layer table of docs/architecture.md: what a layer may not include, it does not link.
include_guard()

# All tests share one precompiled header with the standard library's heavy headers and GoogleTest.
if(CONSOMME_TESTS)
  add_library(test_pch OBJECT ${CMAKE_CURRENT_LIST_DIR}/pch.cc)
  target_precompile_headers(test_pch PRIVATE <algorithm> <array> <chrono> <cstdint> <expected> <functional> <memory> <optional>
    <span> <string> <string_view> <unordered_map> <variant> <vector> <gmock/gmock.h> <gtest/gtest.h>)
  target_link_libraries(test_pch PUBLIC GTest::gtest GTest::gmock)
endif()

# layer(NAME [DEPS ...] [LIBS ...] [SUBFOLDERS ...]): DEPS are layers (public), LIBS are other libraries (private),
# SUBFOLDERS hold further sources of the same layer.
function(layer name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;TEST_LIBS;SUBFOLDERS" ${ARGN})
  set(globs ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  foreach(folder ${ARG_SUBFOLDERS})
    list(APPEND globs ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cc)
  endforeach()
  file(GLOB all CONFIGURE_DEPENDS ${globs})
  set(tests ${all})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_LIBS})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${name} INTERFACE ${ARG_DEPS} ${ARG_LIBS})
  endif()
  if(tests AND CONSOMME_TESTS AND NOT CONSOMME_FUZZ)
    add_executable(${name}_test ${tests})
    target_precompile_headers(${name}_test REUSE_FROM test_pch)
    target_link_libraries(${name}_test PRIVATE ${name} ${ARG_LIBS} ${ARG_TEST_LIBS} GTest::gmock GTest::gtest_main)
    add_test(NAME unit.${name} COMMAND ${name}_test --gtest_brief=1)
    set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endfunction()
