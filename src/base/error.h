// A refused request: a code for machines and a sentence fit for the client.
#pragma once

#include <expected>
#include <string>

namespace consomme {

enum class ErrorCode { kInvalid, kNotFound, kUnsupported, kConflict, kLimit, kUnavailable };

struct Error {
  ErrorCode code = ErrorCode::kInvalid;
  std::string text;  // names the field where one is wrong
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> refuse(ErrorCode code, std::string text) {
  return std::unexpected(Error{code, std::move(text)});
}
inline std::unexpected<Error> invalid(std::string text) {
  return refuse(ErrorCode::kInvalid, std::move(text));
}

}  // namespace consomme
