#include "server/json/reader.h"

#include <cmath>

namespace consomme::json {

std::string_view cut_text(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  const auto continues = [&](std::size_t i) { return (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80; };
  while (max_bytes > 0 && continues(max_bytes)) --max_bytes;
  return text.substr(0, max_bytes);
}

Reader Reader::operator[](std::string_view name) const {
  if (!is_present() || !value_->is_object()) {
    complain("must be an object");
    return {*this, nullptr, name, kNoIndex};
  }
  return {*this, value_->get_object().if_contains(name), name, kNoIndex};
}

std::string Reader::text(std::size_t max_bytes) const {
  if (!is_present() || !value_->is_string()) {
    complain("must be a string");
    return {};
  }
  const std::string_view text = value_->get_string();
  if (text.size() > max_bytes) {
    complain("must be at most " + std::to_string(max_bytes) + " bytes long");
    return {};
  }
  return std::string(text);
}

bool Reader::boolean() const {
  if (is_present() && value_->is_bool()) return value_->get_bool();
  complain("must be true or false");
  return false;
}

double Reader::number() const {
  boost::json::error_code error;
  const double number = is_present() && value_->is_number() ? value_->to_number<double>(error) : NAN;
  if (std::isfinite(number)) return number;
  complain("must be a finite number");
  return 0;
}

std::int64_t Reader::bounded_integer(std::int64_t min, std::int64_t max) const {
  if (is_present() && value_->is_number()) {
    boost::json::error_code error;
    const auto integer = value_->to_number<std::int64_t>(error);  // refuses fractions
    if (!error && integer >= min && integer <= max) return integer;
  }
  complain("must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
  return min;
}

Reader Reader::element(std::size_t index) const {
  return {*this, &value_->get_array()[index], {}, index};
}

std::size_t Reader::array_size(std::size_t max) const {
  if (!is_present() || !value_->is_array()) {
    complain("must be an array");
    return 0;
  }
  if (value_->get_array().size() <= max) return value_->get_array().size();
  complain("must hold at most " + std::to_string(max) + " elements");
  return 0;
}

std::size_t Reader::object_size(std::size_t max) const {
  if (!is_present() || !value_->is_object()) {
    complain("must be an object");
    return 0;
  }
  if (value_->get_object().size() <= max) return value_->get_object().size();
  complain("must hold at most " + std::to_string(max) + " members");
  return 0;
}

void Reader::complain(std::string_view what_must_hold) const {
  if (complaint_.first()) return;  // the path of a second one would be made for nothing
  complaint_.add(path().append(" ").append(what_must_hold));
}

// A name that a client chose is cut, so that its own error text cannot be made to flood it.
std::string Reader::path() const {
  constexpr std::size_t kMaxNameBytes = 40;
  if (parent_ == nullptr) return std::string(name_);
  if (index_ != kNoIndex) return parent_->path() + "[" + std::to_string(index_) + "]";
  return parent_->path().append(".").append(cut_text(name_, kMaxNameBytes));
}

}  // namespace consomme::json
