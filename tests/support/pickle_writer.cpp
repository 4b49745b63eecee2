#include "tests/support/pickle_writer.h"

#include <map>
#include <stdexcept>

namespace gatescope::test {
namespace {

std::string littleEndian(std::uint64_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
    return out;
}

/// Writes what CPython's C pickler writes, frames and memo included.
class PickleWriter {
  public:
    PickleWriter() : out_("\x80\x04") {}

    std::string finish() {
        opcode('.');
        commitFrame();
        return out_;
    }

    void array(const ArrayToPickle& array) {
        name("numpy.core.multiarray", "_reconstruct");
        name("numpy", "ndarray");
        integer(0);
        tuple(1);
        bytes("b");
        tuple(3);
        reduce();
        opcode('(');
        integer(1);
        for (const std::int64_t size : array.shape) integer(size);
        tuple(array.shape.size());
        dtype(array.dtype);
        opcode('\x89');
        bytes(array.bytes);
        opcode('t');
        memoize();
        opcode('b');
    }

    void quantized(const ArrayToPickle& weight, const ArrayToPickle& scales) {
        name("__main__", "QuantizedWeight8bit");
        opcode(')');
        opcode('\x81');
        memoize();
        opcode('}');
        memoize();
        opcode('(');
        text("weight");
        array(weight);
        text("scales");
        array(scales);
        opcode('u');
        opcode('b');
    }

  private:
    static constexpr std::size_t kFrameTarget = 64 * 1024;

    void opcode(char c) { frame_ += c; }
    void memoize() {
        opcode('\x94');
        ++memoSize_;
    }
    void commitFrame() {
        constexpr std::size_t kSmallestFrame = 4;
        if (frame_.size() >= kSmallestFrame) out_ += '\x95' + littleEndian(frame_.size(), 8);
        out_ += frame_;
        frame_.clear();
    }
    void beginValue() {
        if (frame_.size() >= kFrameTarget) commitFrame();
    }
    /// Writes a BINGET and returns true if `key` was written before; else remembers it.
    bool seen(const std::string& key) {
        beginValue();
        const auto found = memo_.find(key);
        if (found == memo_.end()) return false;
        frame_ += 'h';
        frame_ += static_cast<char>(found->second);
        return true;
    }
    void text(const std::string& value) {
        if (seen("text " + value)) return;
        frame_ += '\x8c' + littleEndian(value.size(), 1) + value;
        memo_["text " + value] = memoSize_;
        memoize();
    }
    void name(const std::string& module, const std::string& value) {
        const std::string key = "name " + module + " " + value;
        if (seen(key)) return;
        text(module);
        text(value);
        opcode('\x93');
        memo_[key] = memoSize_;
        memoize();
    }
    void bytes(const std::string& value) {
        const bool marker = value == "b";
        if (marker && seen("marker")) return;
        if (marker) memo_["marker"] = memoSize_;
        beginValue();
        const std::string header = value.size() < 256 ? 'C' + littleEndian(value.size(), 1)
                                                      : 'B' + littleEndian(value.size(), 4);
        if (value.size() < kFrameTarget) {
            frame_ += header + value;
        } else {  // a large payload lies between two frames
            commitFrame();
            out_ += header + value;
        }
        memoize();
    }
    void integer(std::int64_t value) {
        beginValue();
        if (value >= 0 && value < 256)
            frame_ += 'K' + littleEndian(static_cast<std::uint64_t>(value), 1);
        else if (value >= 0 && value < 65536)
            frame_ += 'M' + littleEndian(static_cast<std::uint64_t>(value), 2);
        else
            frame_ += 'J' + littleEndian(static_cast<std::uint64_t>(value), 4);
    }
    void tuple(std::size_t size) {
        if (size < 1 || size > 3) throw std::invalid_argument("a tuple of 1 to 3 items");
        opcode(static_cast<char>(0x84 + size));
        memoize();
    }
    void reduce() {
        opcode('R');
        memoize();
    }
    void dtype(DType type) {
        name("numpy", "dtype");
        if (type == DType::BF16)
            name("ml_dtypes", "bfloat16");
        else
            text(type == DType::F32 ? "f4" : type == DType::F16 ? "f2" : "i1");
        opcode('\x89');
        opcode('\x88');
        tuple(3);
        reduce();
        opcode('(');
        integer(3);
        text(type == DType::I8 ? "|" : "<");
        frame_ += "NNN";
        const bool builtIn = type != DType::BF16;
        integer(builtIn ? -1 : 2);
        integer(builtIn ? -1 : 2);
        integer(builtIn ? 0 : 80);
        opcode('t');
        memoize();
        opcode('b');
    }

    std::string out_;
    std::string frame_;
    std::map<std::string, int> memo_;
    int memoSize_ = 0;
};

}  // namespace

std::string pickleOf(const ArrayToPickle& array) {
    PickleWriter writer;
    writer.array(array);
    return writer.finish();
}

std::string pickleOf(const ArrayToPickle& weight, const ArrayToPickle& scales) {
    PickleWriter writer;
    writer.quantized(weight, scales);
    return writer.finish();
}

}  // namespace gatescope::test
