#pragma once

#include <cstring>
#include <string>

#include "engine/error.h"
#include "engine/model/xai/pickle_reader.h"

namespace gatescope::test {

inline PickledTensor readPickle(const std::string& bytes) {
    const ByteSource source{.size = bytes.size(),
                            .read = [&](std::uint64_t offset, std::span<std::byte> out) {
                                std::memcpy(out.data(), bytes.data() + offset, out.size());
                            }};
    return readPickledTensor(source, "case");
}

/// What the reader said, or "" if it took the pickle.
inline std::string refusalOf(const std::string& bytes) {
    try {
        readPickle(bytes);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

/// A pickle put together opcode by opcode, protocol 4 without frames.
class Assembler {
  public:
    Assembler& op(const std::string& bytes) {
        out_ += bytes;
        return *this;
    }
    Assembler& text(const std::string& value) {
        return op("\x8c").op(std::string(1, static_cast<char>(value.size()))).op(value);
    }
    Assembler& name(const std::string& module, const std::string& value) {
        return text(module).text(value).op("\x93");
    }
    Assembler& bytes(const std::string& value) {
        return op("C").op(std::string(1, static_cast<char>(value.size()))).op(value);
    }
    Assembler& integer(int value) { return op("K").op(std::string(1, static_cast<char>(value))); }
    /// _reconstruct(ndarray, (0,), b"b")
    Assembler& rawArray() {
        name("numpy.core.multiarray", "_reconstruct").name("numpy", "ndarray");
        return integer(0).op("\x85").bytes("b").op("\x87R");
    }
    /// dtype(code, False, True) with its state
    Assembler& dtype(const std::string& code, const std::string& order) {
        name("numpy", "dtype").text(code).op("\x89\x88\x87R(").integer(3).text(order);
        return op("NNN").op("J\xff\xff\xff\xffJ\xff\xff\xff\xff").integer(0).op("tb");
    }
    std::string finish() const { return out_ + "."; }
    const std::string& unfinished() const { return out_; }

  private:
    std::string out_ = "\x80\x04";
};

}  // namespace gatescope::test
