# The allocator of every program that runs workers (docs/decisions/0015). Sanitizers bring their own.
add_library(allocator INTERFACE)
if(NOT CONSOMME_SANITIZE AND NOT CONSOMME_FUZZ)
  find_library(JEMALLOC libjemalloc_pic.a REQUIRED)
  find_path(JEMALLOC_INCLUDE jemalloc/jemalloc.h REQUIRED)
  target_link_libraries(allocator INTERFACE ${JEMALLOC} Threads::Threads ${CMAKE_DL_LIBS})
  target_include_directories(allocator SYSTEM INTERFACE ${JEMALLOC_INCLUDE})
  target_compile_definitions(allocator INTERFACE CONSOMME_JEMALLOC)
endif()
