#include "sfu/ice/reply.h"

#include <array>

namespace consomme::ice {
namespace {

using wire::StunClass;
using wire::StunWriter;

struct Reason {
  std::uint16_t code;
  std::string_view text;
};
// RFC 8489 §14.8, RFC 8445 §16.2. The texts are short: an answer is not to be larger than its request.
constexpr std::array kReasons = {
    Reason{400, "Bad Request"},
    Reason{401, "Unauthenticated"},
    Reason{420, "Unknown Attribute"},
    Reason{487, "Role Conflict"},
};
constexpr std::uint16_t kUnknownAttributeCode = 420;

std::string_view reason_of(std::uint16_t code) {
  for (const Reason& reason : kReasons)
    if (reason.code == code) return reason.text;
  return {};
}

}  // namespace

std::size_t write_success(ByteSpan out, const wire::StunMessage& request, const SocketAddress& from,
                          std::string_view password) {
  StunWriter writer(out, StunClass::kSuccess, request.transaction);
  writer.xor_mapped_address(from);
  writer.message_integrity(password);
  writer.fingerprint();
  return writer.finish();
}

std::size_t write_signed_error(ByteSpan out, const wire::StunMessage& request, std::uint16_t code,
                               std::string_view password) {
  StunWriter writer(out, StunClass::kError, request.transaction);
  writer.error_code(code, reason_of(code));
  if (code == kUnknownAttributeCode) writer.unknown_attributes(request.unknown.list());
  writer.message_integrity(password);
  writer.fingerprint();
  return writer.finish();
}

std::size_t write_unsigned_error(ByteSpan out, const wire::StunMessage& request, std::uint16_t code) {
  StunWriter writer(out, StunClass::kError, request.transaction);
  writer.error_code(code, reason_of(code));
  writer.fingerprint();
  return writer.finish();
}

}  // namespace consomme::ice
