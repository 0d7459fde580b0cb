#include "net/port_steering.h"

#include <linux/bpf.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "net/socket_address.h"

namespace consomme::net {
namespace {

// --- instructions, as the kernel's Documentation/bpf names their parts

enum Register : std::uint8_t {
  kResult = BPF_REG_0,  // of a call, and of the program
  kArgument1 = BPF_REG_1,
  kArgument2 = BPF_REG_2,
  kArgument3 = BPF_REG_3,
  kArgument4 = BPF_REG_4,
  kArgument5 = BPF_REG_5,
  kContext = BPF_REG_6,  // calls leave this one and the next ones alone
  kIndex = BPF_REG_7,
  kScratch = BPF_REG_8,
  kFrame = BPF_REG_10,  // the end of the stack, which grows downwards
  kNone = BPF_REG_0,
};

constexpr bpf_insn instruction(unsigned code, Register to, unsigned from, int offset, std::int32_t value) {
  bpf_insn made{};
  made.code = static_cast<std::uint8_t>(code);
  made.dst_reg = to & 0xf;
  made.src_reg = from & 0xf;
  made.off = static_cast<std::int16_t>(offset);
  made.imm = value;
  return made;
}

constexpr bpf_insn compute(unsigned operation, Register to, std::int32_t value) {
  return instruction(BPF_ALU64 | BPF_K | operation, to, kNone, 0, value);
}
constexpr bpf_insn compute(unsigned operation, Register to, Register from) {
  return instruction(BPF_ALU64 | BPF_X | operation, to, from, 0, 0);
}
constexpr bpf_insn set(Register to, std::int32_t value) {
  return compute(BPF_MOV, to, value);
}
constexpr bpf_insn copy(Register to, Register from) {
  return compute(BPF_MOV, to, from);
}
constexpr bpf_insn add(Register to, std::int32_t value) {
  return compute(BPF_ADD, to, value);
}
constexpr bpf_insn shift_left(Register to, std::int32_t bits) {
  return compute(BPF_LSH, to, bits);
}
constexpr bpf_insn merge(Register to, Register from) {
  return compute(BPF_OR, to, from);
}
constexpr bpf_insn network_to_host16(Register of) {
  return instruction(BPF_ALU | BPF_END | BPF_TO_BE, of, kNone, 0, 16);
}
// `size`: BPF_B, BPF_H, BPF_W or BPF_DW.
constexpr bpf_insn load(unsigned size, Register to, Register base, int offset) {
  return instruction(BPF_LDX | BPF_MEM | size, to, base, offset, 0);
}
constexpr bpf_insn store(unsigned size, int stack_offset, Register from) {
  return instruction(BPF_STX | BPF_MEM | size, kFrame, from, stack_offset, 0);
}
constexpr bpf_insn store(unsigned size, int stack_offset, std::int32_t value) {
  return instruction(BPF_ST | BPF_MEM | size, kFrame, kNone, stack_offset, value);
}
constexpr bpf_insn call(bpf_func_id function) {
  return instruction(BPF_JMP | BPF_CALL, kNone, kNone, 0, function);
}
constexpr bpf_insn leave() {
  return instruction(BPF_JMP | BPF_EXIT, kNone, kNone, 0, 0);
}

enum class Label : std::uint8_t { kIpv6, kKeyIsRead, kUnknownRemote, kIndexIsKnown, kByHash };
constexpr std::size_t kLabels = 5;

// Instructions one after the other; jumps go to labels further down.
class Program {
 public:
  void put(bpf_insn next) { code_.push_back(next); }
  void put_address(Register to, int stack_offset) {
    put(copy(to, kFrame));
    put(add(to, stack_offset));
  }
  // An instruction of two places; the kernel puts the map's address into both.
  void put_map(Register to, const Fd& map) {
    put(instruction(BPF_LD | BPF_IMM | BPF_DW, to, BPF_PSEUDO_MAP_FD, 0, map.get()));
    put({});
  }
  void jump(Label to) {
    jumps_.emplace_back(code_.size(), to);
    put(instruction(BPF_JMP | BPF_JA, kNone, kNone, 0, 0));
  }
  // `condition`: BPF_JEQ, BPF_JNE, and unsigned BPF_JGT and BPF_JLT.
  void jump_if(unsigned condition, Register left, std::int32_t right, Label to) {
    jumps_.emplace_back(code_.size(), to);
    put(instruction(BPF_JMP | BPF_K | condition, left, kNone, 0, right));
  }
  void label(Label here) { places_[static_cast<std::size_t>(here)] = code_.size(); }

  // With every jump's distance, which counts from the instruction behind it.
  std::vector<bpf_insn> finished() && {
    for (const auto& [from, to] : jumps_) {
      const std::size_t place = places_[static_cast<std::size_t>(to)];
      check(place > from, "a jump goes forward to a label that was put");
      code_[from].off = static_cast<std::int16_t>(place - from - 1);
    }
    return std::move(code_);
  }

 private:
  std::vector<bpf_insn> code_;
  std::vector<std::pair<std::size_t, Label>> jumps_;
  std::array<std::size_t, kLabels> places_{};
};

// --- the program

// Of the map of remotes; the program lays it out on its stack.
struct Key {
  std::array<std::uint8_t, 16> address{};  // as IpAddress has it: IPv4 is mapped
  std::array<std::uint8_t, 2> port{};      // in network order

  explicit Key(const SocketAddress& remote) : address(remote.ip.v6_bytes()) { store_be<2>(port.data(), remote.port); }
};
constexpr int kMappedPrefixAt = 8;  // ::ffff:0:0/96 (RFC 4291 §2.5.5.2): eight zeros before, IPv4 behind
constexpr int kMappedIpv4At = 12;

// Where IP headers have the source (RFC 791 §3.1, RFC 8200 §3), and UDP's ends (RFC 768). Source port is UDP's first.
constexpr int kIpv4SourceAt = 12;
constexpr int kIpv6SourceAt = 8;
constexpr int kUdpHeaderBytes = 8;

// STUN (RFC 8489 §5, §14): the first attribute follows the header of 20 bytes: type, length, value.
constexpr int kAttributeTypeAt = 20;
constexpr int kAttributeLengthAt = 22;
constexpr int kAttributeValueAt = 24;
constexpr std::uint16_t kUsername = 0x0006;
constexpr int kIndexDigits = 3;
constexpr int kBitsPerDigit = 4;
constexpr int kStunBytes = kAttributeValueAt + kIndexDigits;
static_assert(PortSteering::kMaxSockets == 1u << (kIndexDigits * kBitsPerDigit));

// What lies on the stack, by its distance from the end. The verifier wants numbers aligned.
constexpr int kKeyAt = -24;
constexpr int kIndexAt = -24;  // the key is no longer needed then
constexpr int kStunAt = -56;
static_assert(kKeyAt + int{sizeof(Key)} <= 0 && kStunAt + kStunBytes <= kKeyAt);

// Copies a part of the datagram, counted from its UDP header, to the stack. One that is too short goes by the hash.
void read_datagram(Program& program, int at, int to, int bytes) {
  program.put(copy(kArgument1, kContext));
  program.put(set(kArgument2, at));
  program.put_address(kArgument3, to);
  program.put(set(kArgument4, bytes));
  program.put(call(BPF_FUNC_skb_load_bytes));
  program.jump_if(BPF_JNE, kResult, 0, Label::kByHash);
}

void read_ip_header(Program& program, int at, int to, int bytes) {
  program.put(copy(kArgument1, kContext));
  program.put(set(kArgument2, at));
  program.put_address(kArgument3, to);
  program.put(set(kArgument4, bytes));
  program.put(set(kArgument5, BPF_HDR_START_NET));
  program.put(call(BPF_FUNC_skb_load_bytes_relative));
  program.jump_if(BPF_JNE, kResult, 0, Label::kByHash);
}

void read_key(Program& program) {
  read_datagram(program, 0, kKeyAt + int{offsetof(Key, port)}, sizeof(Key::port));
  program.put(load(BPF_W, kScratch, kContext, offsetof(sk_reuseport_md, eth_protocol)));
  program.jump_if(BPF_JEQ, kScratch, htons(ETHERTYPE_IPV6), Label::kIpv6);
  program.jump_if(BPF_JNE, kScratch, htons(ETHERTYPE_IP), Label::kByHash);
  program.put(store(BPF_DW, kKeyAt, 0));
  program.put(store(BPF_W, kKeyAt + kMappedPrefixAt, static_cast<std::int32_t>(htonl(0x0000ffff))));
  read_ip_header(program, kIpv4SourceAt, kKeyAt + kMappedIpv4At, sizeof(in_addr));
  program.jump(Label::kKeyIsRead);

  program.label(Label::kIpv6);
  read_ip_header(program, kIpv6SourceAt, kKeyAt, sizeof(in6_addr));

  program.label(Label::kKeyIsRead);
}

void look_up(Program& program, const Fd& remotes) {
  program.put_map(kArgument1, remotes);
  program.put_address(kArgument2, kKeyAt);
  program.put(call(BPF_FUNC_map_lookup_elem));
  program.jump_if(BPF_JEQ, kResult, 0, Label::kUnknownRemote);
  program.put(load(BPF_W, kIndex, kResult, 0));
  program.jump(Label::kIndexIsKnown);
}

// Only who was told our username fragment by signaling knows which socket it names, and a wrong one costs what the
// hash's choice costs: so nothing of the message is checked beyond what leads to the name.
void read_username(Program& program) {
  program.label(Label::kUnknownRemote);
  read_datagram(program, kUdpHeaderBytes, kStunAt, kStunBytes);
  program.put(load(BPF_B, kScratch, kFrame, kStunAt));
  program.jump_if(BPF_JGT, kScratch, 3, Label::kByHash);  // RFC 7983 §7
  program.put(load(BPF_H, kScratch, kFrame, kStunAt + kAttributeTypeAt));
  program.jump_if(BPF_JNE, kScratch, htons(kUsername), Label::kByHash);
  program.put(load(BPF_H, kScratch, kFrame, kStunAt + kAttributeLengthAt));
  program.put(network_to_host16(kScratch));
  program.jump_if(BPF_JLT, kScratch, kIndexDigits, Label::kByHash);

  program.put(set(kIndex, 0));
  for (int digit = 0; digit < kIndexDigits; ++digit) {
    program.put(load(BPF_B, kScratch, kFrame, kStunAt + kAttributeValueAt + digit));
    program.put(add(kScratch, -'A'));  // what lies before 'A' becomes a huge number
    program.jump_if(BPF_JGT, kScratch, (1 << kBitsPerDigit) - 1, Label::kByHash);
    program.put(shift_left(kIndex, kBitsPerDigit));
    program.put(merge(kIndex, kScratch));
  }
}

// Fails where there is no such socket. Then nothing is selected, which is what we want.
void select(Program& program, const Fd& sockets) {
  program.label(Label::kIndexIsKnown);
  program.put(store(BPF_W, kIndexAt, kIndex));
  program.put(copy(kArgument1, kContext));
  program.put_map(kArgument2, sockets);
  program.put_address(kArgument3, kIndexAt);
  program.put(set(kArgument4, 0));
  program.put(call(BPF_FUNC_sk_select_reuseport));
}

// SK_PASS always: with what was selected, or by the kernel's hash when nothing was. Any other result would be a drop.
void pass(Program& program) {
  program.label(Label::kByHash);
  program.put(set(kResult, SK_PASS));
  program.put(leave());
}

std::vector<bpf_insn> steering_program(const Fd& remotes, const Fd& sockets) {
  Program program;
  program.put(copy(kContext, kArgument1));
  read_key(program);
  look_up(program, remotes);
  read_username(program);
  select(program, sockets);
  pass(program);
  return std::move(program).finished();
}

// --- bpf(2)

// The kernel refuses attributes with anything behind those of the command, and {} need not clear a whole union.
bpf_attr no_attributes() {
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  return attributes;
}

int bpf(bpf_cmd command, bpf_attr& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

std::uint64_t pointer(const void* to) {
  return reinterpret_cast<std::uintptr_t>(to);
}

Fd make_map(bpf_map_type type, std::size_t key_bytes, std::size_t entries, std::uint32_t flags) {
  bpf_attr map = no_attributes();
  map.map_type = type;
  map.key_size = static_cast<std::uint32_t>(key_bytes);
  map.value_size = sizeof(std::uint32_t);
  map.max_entries = static_cast<std::uint32_t>(entries);
  map.map_flags = flags;
  return Fd(bpf(BPF_MAP_CREATE, map));
}

bool update(const Fd& map, const void* key, std::uint32_t value) {
  bpf_attr element = no_attributes();
  element.map_fd = static_cast<std::uint32_t>(map.get());
  element.key = pointer(key);
  element.value = pointer(&value);
  element.flags = BPF_ANY;
  return bpf(BPF_MAP_UPDATE_ELEM, element) == 0;
}

// Why the verifier refuses the program: what it says last. The whole of it is a line or two an instruction.
std::string last_of_verifier_log(bpf_attr program) {
  constexpr std::size_t kLogBytes = 64 * 1024;
  constexpr std::size_t kToldBytes = 1000;
  std::string log(kLogBytes, '\0');
  program.log_level = 1;
  program.log_size = kLogBytes;
  program.log_buf = pointer(log.data());
  const Fd unwanted(bpf(BPF_PROG_LOAD, program));
  log.resize(std::strlen(log.c_str()));
  return log.substr(log.size() - std::min(log.size(), kToldBytes));
}

// The log is asked for in a second attempt: before Linux 6.4 one that does not fit makes a good program fail.
Result<Fd> load_program(const std::vector<bpf_insn>& code) {
  static constexpr char kLicense[] = "MIT";  // none of the helpers that are called is reserved for GPL
  bpf_attr program = no_attributes();
  program.prog_type = BPF_PROG_TYPE_SK_REUSEPORT;
  program.insn_cnt = static_cast<std::uint32_t>(code.size());
  program.insns = pointer(code.data());
  program.license = pointer(kLicense);
  Fd loaded(bpf(BPF_PROG_LOAD, program));
  if (loaded) return loaded;
  const int error = errno;
  auto failed = system_error(ErrorCode::kUnavailable, "cannot load the program that steers datagrams", error);
  if (error != EPERM) failed.error().text += ": " + last_of_verifier_log(program);
  return failed;
}

}  // namespace

PortSteering::PortSteering(Fd remotes, Fd sockets, Fd program)
    : remotes_(std::move(remotes)), sockets_(std::move(sockets)), program_(std::move(program)) {}

Result<PortSteering> PortSteering::make(unsigned sockets, std::size_t max_remotes) {
  check(sockets > 0 && sockets <= kMaxSockets, "a username can name every socket");
  check(max_remotes > 0 && max_remotes <= std::numeric_limits<std::uint32_t>::max(), "a map has this many entries");
  // Not allocated in advance: room for all the remotes that there could be is much more than there usually are.
  Fd by_remote = make_map(BPF_MAP_TYPE_HASH, sizeof(Key), max_remotes, BPF_F_NO_PREALLOC);
  if (!by_remote) return system_error(ErrorCode::kUnavailable, "cannot make a map of remotes", errno);
  Fd by_index = make_map(BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, sizeof(std::uint32_t), sockets, 0);
  if (!by_index) return system_error(ErrorCode::kUnavailable, "cannot make a map of sockets", errno);
  auto program = load_program(steering_program(by_remote, by_index));
  if (!program) return std::unexpected(std::move(program.error()));
  return PortSteering(std::move(by_remote), std::move(by_index), std::move(*program));
}

Result<void> PortSteering::add(int fd, unsigned index) {
  const std::uint32_t key = index;
  if (!update(sockets_, &key, static_cast<std::uint32_t>(fd)))
    return system_error(ErrorCode::kUnavailable, "cannot steer to socket " + std::to_string(index), errno);
  if (!program_) return {};
  const int program = program_.get();
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &program, sizeof program) != 0)
    return system_error(ErrorCode::kUnavailable, "cannot attach the program that steers datagrams", errno);
  program_ = Fd();
  return {};
}

bool PortSteering::steer(const SocketAddress& remote, unsigned index) {
  const Key key(remote);
  return update(remotes_, &key, index);
}

void PortSteering::forget(const SocketAddress& remote) {
  const Key key(remote);
  bpf_attr element = no_attributes();
  element.map_fd = static_cast<std::uint32_t>(remotes_.get());
  element.key = pointer(&key);
  bpf(BPF_MAP_DELETE_ELEM, element);
}

}  // namespace consomme::net
