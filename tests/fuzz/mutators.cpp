#include "tests/fuzz/mutators.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <iterator>

#include "engine/error.h"
#include "engine/tokenizer/wire_format.h"
#include "tests/fuzz/fuzz_target.h"

namespace gatescope::test {
namespace {

using Parts = std::vector<std::string>;

std::string packed(std::uint64_t value, std::size_t width) {
    return {reinterpret_cast<const char*>(&value), width};
}

std::string joined(const Parts& parts) {
    std::string out;
    for (const std::string& part : parts) out += part;
    return out;
}

/// Takes a part away, repeats it, moves it, or puts one of `stock` in. Requires parts.
void rearrange(Parts& parts, const Parts& stock, FuzzRandom& random) {
    const auto at = parts.begin() + static_cast<std::ptrdiff_t>(random.below(parts.size()));
    const auto other = parts.begin() + static_cast<std::ptrdiff_t>(random.below(parts.size()));
    switch (random.below(5)) {
        case 0:
            parts.erase(at);
            break;
        case 1:
            parts.insert(other, std::string(*at));
            break;
        case 2:
            std::iter_swap(at, other);
            break;
        case 3:
            *at = stock[random.below(stock.size())];
            break;
        default:
            parts.insert(at, stock[random.below(stock.size())]);
    }
}

/// One to three changes: half of them to a part by itself, half of them to the order of parts.
Parts changed(Parts parts,
              const Parts& stock,
              FuzzRandom& random,
              const std::function<void(std::string&)>& alter) {
    const std::size_t changes = 1 + random.below(3);
    for (std::size_t i = 0; i < changes && !parts.empty(); ++i) {
        if (random.oneIn(2))
            alter(parts[random.below(parts.size())]);
        else
            rearrange(parts, stock, random);
    }
    return parts;
}

// ---------------------------------------------------------------- pickle

/// What follows an opcode: bytes of a fixed number, a length with that many bytes behind it, or two
/// lines. Source: Lib/pickletools.py of CPython.
struct OpcodeArgument {
    std::size_t fixed = 0;
    std::size_t lengthWidth = 0;
    bool lines = false;
};

OpcodeArgument argumentOf(char opcode) {
    switch (opcode) {
        case 'K':     // BININT1
        case 'q':     // BINPUT
        case 'h':     // BINGET
        case '\x80':  // PROTO
            return {.fixed = 1};
        case 'M':  // BININT2
            return {.fixed = 2};
        case 'J':  // BININT
        case 'r':  // LONG_BINPUT
        case 'j':  // LONG_BINGET
            return {.fixed = 4};
        case '\x95':  // FRAME
            return {.fixed = 8};
        case 'C':     // SHORT_BINBYTES
        case '\x8a':  // LONG1
        case '\x8c':  // SHORT_BINUNICODE
            return {.lengthWidth = 1};
        case 'B':  // BINBYTES
        case 'X':  // BINUNICODE
            return {.lengthWidth = 4};
        case '\x8e':  // BINBYTES8
            return {.lengthWidth = 8};
        case 'c':  // GLOBAL
            return {.lines = true};
        default:
            return {};
    }
}

std::size_t opcodeSize(std::string_view rest) {
    const OpcodeArgument argument = argumentOf(rest[0]);
    if (argument.lines) {
        const std::size_t first = rest.find('\n');
        const std::size_t second =
            first == std::string_view::npos ? first : rest.find('\n', first + 1);
        return second == std::string_view::npos ? rest.size() : second + 1;
    }
    std::size_t size = 1 + argument.fixed + argument.lengthWidth;
    if (size > rest.size()) return rest.size();
    std::uint64_t length = 0;
    std::memcpy(&length, rest.data() + 1, argument.lengthWidth);
    return length > rest.size() - size ? rest.size() : size + static_cast<std::size_t>(length);
}

Parts opcodesOf(const std::string& bytes) {
    Parts parts;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t size = opcodeSize(std::string_view(bytes).substr(at));
        parts.push_back(bytes.substr(at, size));
        at += size;
    }
    return parts;
}

void alterOpcode(std::string& opcode, FuzzRandom& random) {
    const OpcodeArgument argument = argumentOf(opcode[0]);
    const std::size_t width = std::max(argument.fixed, argument.lengthWidth);
    if (width == 0 || opcode.size() < 1 + width) {
        opcode[0] = static_cast<char>(random.next());
    } else if (argument.fixed > 0 || random.oneIn(3)) {
        opcode.replace(1, width, packed(extremeNumber(random), width));
    } else {
        const std::string body = mutatedBytes(opcode.substr(1 + width));
        opcode = opcode.substr(0, 1) + packed(body.size(), width) + body;
    }
}

/// Each frame ends where the next one begins, or with the file.
void closeFrames(Parts& opcodes) {
    std::uint64_t length = 0;
    for (auto opcode = opcodes.rbegin(); opcode != opcodes.rend(); ++opcode) {
        if (opcode->size() == 9 && opcode->front() == '\x95') {
            opcode->replace(1, 8, packed(length, 8));
            length = 0;
        } else {
            length += opcode->size();
        }
    }
}

const Parts& opcodeStock() {
    static const Parts stock = [] {
        Parts out{std::string("cnumpy\nndarray\n"),
                  std::string("cnumpy.core.multiarray\n_reconstruct\n"),
                  std::string("c__main__\nQuantizedWeight8bit\n"),
                  std::string("K\0", 2),
                  std::string("J\xff\xff\xff\xff"),
                  std::string("\x8a\x08\0\0\0\0\0\0\0\x80", 10),
                  std::string("B\xff\xff\xff\x7f"),
                  std::string("\x8e\0\0\0\0\0\0\0\x80", 9),
                  std::string("h\0", 2),
                  std::string("j\xff\xff\xff\xff"),
                  std::string("r\xff\x0f\0\0", 5)};
        for (const char opcode : std::string_view("N\x88\x89()t\x85\x86\x87}us\x94\x93\x81Rb.0e]2"))
            out.emplace_back(1, opcode);
        for (const std::string text :
             {"numpy", "ndarray", "dtype", "f4", "i1", "<", "weight", "scales", "posix", "system"})
            out.push_back("\x8c" + packed(text.size(), 1) + text);
        return out;
    }();
    return stock;
}

// ---------------------------------------------------------------- JSON

std::size_t jsonTokenSize(std::string_view rest) {
    const auto word = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+' || c == '.';
    };
    std::size_t size = 1;
    if (rest[0] == '"') {
        while (size < rest.size() && rest[size] != '"') size += rest[size] == '\\' ? 2 : 1;
        ++size;
    } else if (word(rest[0])) {
        while (size < rest.size() && word(rest[size])) ++size;
    }
    return std::min(size, rest.size());
}

void alterJsonToken(std::string& token, FuzzRandom& random) {
    const bool number = std::isdigit(static_cast<unsigned char>(token.back())) != 0;
    if (number && !random.oneIn(4))
        token = fmt::format("{}{}", random.oneIn(8) ? "-" : "", extremeNumber(random));
    else if (token.size() > 2 && token[0] == '"' && token.back() == '"')
        token = '"' + mutatedBytes(token.substr(1, token.size() - 2)) + '"';
    else
        token = mutatedBytes(token);
}

const Parts& jsonStock() {
    static const Parts stock{"{",
                             "}",
                             "[",
                             "]",
                             ",",
                             ":",
                             "\"\"",
                             "0",
                             "-1",
                             "-0",
                             "1.5",
                             "1e999",
                             "1e-400",
                             "null",
                             "true",
                             "false",
                             "NaN",
                             "[[[[[[[[",
                             "{\"a\":",
                             "],[",
                             "\"\\u0000\"",
                             "\"\\ud800\"",
                             "\"F32\"",
                             "\"BF16\"",
                             "[0,0]",
                             "4294967296",
                             "2147483648",
                             "9223372036854775808",
                             "18446744073709551615",
                             "18446744073709551616"};
    return stock;
}

// ---------------------------------------------------------------- Protocol Buffers

/// The fields of a message as they lie in it; empty where it is no message.
std::vector<WireField> fieldsOf(std::string_view message) {
    std::vector<WireField> fields;
    try {
        WireReader reader("fuzz", message, 0);
        for (WireField field; reader.next(field);) fields.push_back(field);
    } catch (const Error&) {
        return {};
    }
    return fields;
}

std::string varintField(std::uint32_t id, std::uint64_t value) {
    WireWriter writer;
    writer.varint(id, value);
    return writer.message();
}

std::string bytesField(std::uint32_t id, std::string_view value) {
    WireWriter writer;
    writer.bytes(id, value);
    return writer.message();
}

std::string alteredField(const WireField& field, const std::string& raw, FuzzRandom& random) {
    if (random.oneIn(12)) return varintField(1 + random.below(50), extremeNumber(random));
    switch (field.type) {
        case WireType::Varint:
            return varintField(field.id, random.oneIn(3) ? extremeNumber(random) : random.below(8));
        case WireType::Bytes: {
            const std::string body(field.bytes);
            const bool message = !fieldsOf(body).empty() && !random.oneIn(4);
            return bytesField(field.id, message ? mutatedWire(body, random) : mutatedBytes(body));
        }
        default: {  // the tag stays, the bits change
            std::string out = raw;
            const std::size_t width = field.type == WireType::Fixed32 ? 4 : 8;
            return out.replace(out.size() - width, width, packed(extremeNumber(random), width));
        }
    }
}

const Parts& fieldStock() {
    static const Parts stock = [] {
        Parts out;
        for (const char* piece : {"a", "\xE2\x96\x81", "<0x41>", "<0x-1>", "ab", "\xff"})
            for (const std::uint64_t kind : {1, 2, 3, 4, 5, 6})
                out.push_back(bytesField(1, bytesField(1, piece) + varintField(3, kind)));
        for (const std::uint64_t type : {0, 1, 2, 3})
            out.push_back(bytesField(2, varintField(3, type)));
        out.push_back(bytesField(2, varintField(35, 1)));
        out.push_back(bytesField(3, bytesField(2, std::string("\4\0\0\0\0\0\0\x80", 8))));
        out.push_back(bytesField(5, bytesField(2, "x")));
        return out;
    }();
    return stock;
}

}  // namespace

std::uint64_t extremeNumber(FuzzRandom& random) {
    static constexpr std::array<std::uint64_t, 10> kBoundaries{0,
                                                               1,
                                                               std::uint64_t{1} << 8,
                                                               std::uint64_t{1} << 15,
                                                               std::uint64_t{1} << 16,
                                                               std::uint64_t{1} << 31,
                                                               std::uint64_t{1} << 32,
                                                               std::uint64_t{1} << 61,
                                                               std::uint64_t{1} << 63,
                                                               ~std::uint64_t{0}};
    switch (random.below(4)) {
        case 0:
            return random.below(300);
        case 1:
            return std::uint64_t{1} << random.below(64);
        default:  // wraps at both ends, as arithmetic in a parser might
            return kBoundaries[random.below(kBoundaries.size())] + random.below(3) - 1;
    }
}

std::string mutatedBytes(const std::string& bytes) {
    std::string out = bytes;
    const std::size_t most = bytes.size() + 16;
    out.resize(most);
    out.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(out.data()), bytes.size(), most));
    return out;
}

std::string mutatedPickle(const std::string& bytes, FuzzRandom& random) {
    Parts opcodes = changed(opcodesOf(bytes), opcodeStock(), random, [&](std::string& opcode) {
        if (!opcode.empty()) alterOpcode(opcode, random);
    });
    if (!random.oneIn(8)) closeFrames(opcodes);
    return joined(opcodes);
}

std::string mutatedJson(const std::string& text, FuzzRandom& random) {
    Parts tokens;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = jsonTokenSize(std::string_view(text).substr(at));
        tokens.push_back(text.substr(at, size));
        at += size;
    }
    return joined(changed(std::move(tokens), jsonStock(), random, [&](std::string& token) {
        if (!token.empty()) alterJsonToken(token, random);
    }));
}

std::string mutatedSafetensors(const std::string& bytes, FuzzRandom& random) {
    constexpr std::size_t kLengthBytes = 8;
    if (bytes.size() < kLengthBytes) return mutatedBytes(bytes);
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), kLengthBytes);
    length = std::min<std::uint64_t>(length, bytes.size() - kLengthBytes);
    const std::string header = mutatedJson(bytes.substr(kLengthBytes, length), random);
    std::string data = bytes.substr(kLengthBytes + length);
    if (random.oneIn(16)) data.resize(random.below(2 * data.size() + 2));
    return packed(random.oneIn(16) ? extremeNumber(random) : header.size(), kLengthBytes) + header +
           data;
}

std::string mutatedWire(const std::string& bytes, FuzzRandom& random) {
    const std::vector<WireField> fields = fieldsOf(bytes);
    if (fields.empty()) return mutatedBytes(bytes);
    Parts parts;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::size_t end = i + 1 < fields.size() ? fields[i + 1].offset : bytes.size();
        parts.push_back(bytes.substr(fields[i].offset, end - fields[i].offset));
    }
    if (random.oneIn(2)) {
        const std::size_t at = random.below(parts.size());
        parts[at] = alteredField(fields[at], parts[at], random);
    } else {
        rearrange(parts, fieldStock(), random);
    }
    return joined(parts);
}

std::size_t mutateInPlace(std::uint8_t* data,
                          std::size_t size,
                          std::size_t maxSize,
                          unsigned seed,
                          const Mutator& mutate) {
    FuzzRandom random(seed);
    if (size > 0 && !random.oneIn(4)) {
        const std::string mutant =
            mutate(std::string(reinterpret_cast<const char*>(data), size), random);
        if (!mutant.empty() && mutant.size() <= maxSize) {
            std::memcpy(data, mutant.data(), mutant.size());
            return mutant.size();
        }
    }
    return LLVMFuzzerMutate(data, size, maxSize);
}

}  // namespace gatescope::test
