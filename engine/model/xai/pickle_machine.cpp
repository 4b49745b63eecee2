#include "engine/model/xai/pickle_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "engine/io/shown_text.h"
#include "engine/model/xai/pickle_opcodes.h"

namespace gatescope {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxMemo = 4096;
constexpr std::size_t kMaxStack = 4096;
constexpr int kMaxOpcodes = 100'000;
constexpr std::uint64_t kOldestProtocol = 3;  // the first one that has bytes objects
constexpr std::uint64_t kNewestProtocol = 5;

}  // namespace

PickleMachine::PickleMachine(const ByteSource& source, const std::string& where)
    : cursor_(source, where) {}

void PickleMachine::refuse(const std::string& what, ErrorCode code) const {
    cursor_.refuse(code, opcodeAt_, what);
}

PickledTensor PickleMachine::run() {
    for (int count = 0; !stopped_; ++count) {
        opcodeAt_ = cursor_.position();
        if (count == kMaxOpcodes)
            refuse(fmt::format("more than {} pickle opcodes; a checkpoint's file has about 70",
                               kMaxOpcodes),
                   ErrorCode::PickleLimit);
        const std::uint8_t opcode = cursor_.byte();
        if ((count == 0) != (opcode == static_cast<std::uint8_t>(Opcode::Proto)))
            refuse("a pickle begins with its protocol number, once");
        step(opcode);
        cursor_.closeFrameIfDone();
    }
    return result();
}

void PickleMachine::step(std::uint8_t opcode) {
    switch (static_cast<Opcode>(opcode)) {
        case Opcode::Proto:
            return stepProtocol();
        case Opcode::Frame:
            return cursor_.openFrame(cursor_.number(8));
        case Opcode::Stop:
            stopped_ = true;
            return;
        case Opcode::None:
            return pushNew({.kind = Kind::None});
        case Opcode::NewTrue:
            return pushNew({.kind = Kind::Bool, .value = 1});
        case Opcode::NewFalse:
            return pushNew({.kind = Kind::Bool, .value = 0});
        case Opcode::BinInt:
            return pushInt(static_cast<std::int32_t>(cursor_.number(4)));
        case Opcode::BinInt1:
            return pushInt(static_cast<std::int64_t>(cursor_.number(1)));
        case Opcode::BinInt2:
            return pushInt(static_cast<std::int64_t>(cursor_.number(2)));
        case Opcode::Long1: {
            const std::uint64_t bytes = cursor_.number(1);
            if (bytes == 0 || bytes > 8) refuse(fmt::format("an integer of {} bytes", bytes));
            // Little-endian two's complement of that many bytes: move the sign to the top and back.
            const auto unused = static_cast<int>(64 - 8 * bytes);
            return pushInt(static_cast<std::int64_t>(cursor_.number(bytes) << unused) >> unused);
        }
        case Opcode::ShortBinUnicode:
            return pushNew({.kind = Kind::Text, .text = cursor_.text(cursor_.number(1))});
        case Opcode::BinUnicode:
            return pushNew({.kind = Kind::Text, .text = cursor_.text(cursor_.number(4))});
        case Opcode::ShortBinBytes:
            return pushBytes(cursor_.number(1));
        case Opcode::BinBytes:
            return pushBytes(cursor_.number(4));
        case Opcode::BinBytes8:
            return pushBytes(cursor_.number(8));
        case Opcode::Mark:
            if (marks_.size() == kMaxDepth)
                refuse(fmt::format("more than {} marks", kMaxDepth), ErrorCode::PickleLimit);
            marks_.push_back(stack_.size());
            return;
        case Opcode::EmptyTuple:
            return pushTuple({});
        case Opcode::Tuple1:
        case Opcode::Tuple2:
        case Opcode::Tuple3: {
            std::vector<Handle> items(opcode - static_cast<std::uint8_t>(Opcode::Tuple1) + 1U);
            std::generate(items.rbegin(), items.rend(), [this] { return pop(); });
            return pushTuple(std::move(items));
        }
        case Opcode::Tuple:
            return pushTuple(popToMark());
        case Opcode::EmptyDict:
            return pushNew({.kind = Kind::Dict});
        case Opcode::SetItems:
            return setItems(popToMark());
        case Opcode::SetItem: {
            const Handle value = pop();
            const Handle key = pop();
            return setItems({key, value});
        }
        case Opcode::Memoize:
            return setMemo(memoUsed_);
        case Opcode::BinPut:
            return setMemo(cursor_.number(1));
        case Opcode::LongBinPut:
            return setMemo(cursor_.number(4));
        case Opcode::BinGet:
            return getMemo(cursor_.number(1));
        case Opcode::LongBinGet:
            return getMemo(cursor_.number(4));
        case Opcode::Global: {
            const std::string module = cursor_.line();
            return lookUpName(module, cursor_.line());
        }
        case Opcode::StackGlobal: {
            const Node& name = at(pop());
            const Node& module = at(pop());
            if (name.kind != Kind::Text || module.kind != Kind::Text)
                refuse("a name that is not made of two texts");
            return lookUpName(module.text, name.text);
        }
        case Opcode::NewObj:
            return newObject();
        case Opcode::Reduce:
            return reduce();
        case Opcode::Build:
            return build();
    }
    refuse(fmt::format("pickle opcode 0x{:02x}, which no array needs; nothing was run", opcode),
           ErrorCode::PickleOpcode);
}

void PickleMachine::stepProtocol() {
    const std::uint64_t protocol = cursor_.number(1);
    if (protocol < kOldestProtocol || protocol > kNewestProtocol)
        refuse(fmt::format("pickle protocol {}, expected {} to {}",
                           protocol,
                           kOldestProtocol,
                           kNewestProtocol),
               ErrorCode::PickleProtocol);
}

// The stack and the memo.

PickleMachine::Handle PickleMachine::add(Node node) {
    nodes_.push_back(std::move(node));
    return static_cast<Handle>(nodes_.size() - 1);
}

void PickleMachine::push(Handle handle) {
    if (stack_.size() == kMaxStack)
        refuse(fmt::format("more than {} values at once", kMaxStack), ErrorCode::PickleLimit);
    stack_.push_back(handle);
}

void PickleMachine::pushNew(Node node) {
    push(add(std::move(node)));
}

void PickleMachine::pushInt(std::int64_t value) {
    pushNew({.kind = Kind::Int, .value = value});
}

void PickleMachine::pushBytes(std::uint64_t length) {
    Node node{.kind = Kind::Bytes, .offset = cursor_.position(), .length = length};
    if (length == 1)
        node.value = cursor_.byte();  // numpy's marker b"b" is compared, all else stays in the file
    else
        cursor_.skip(length);
    pushNew(std::move(node));
}

std::size_t PickleMachine::available() const {
    return stack_.size() - (marks_.empty() ? 0 : marks_.back());
}

PickleMachine::Handle PickleMachine::pop() {
    if (available() == 0) refuse("the pickle takes a value where there is none");
    const Handle handle = stack_.back();
    stack_.pop_back();
    return handle;
}

PickleMachine::Handle PickleMachine::top() const {
    if (available() == 0) refuse("the pickle uses a value where there is none");
    return stack_.back();
}

std::vector<PickleMachine::Handle> PickleMachine::popToMark() {
    if (marks_.empty()) refuse("the pickle ends a list that it never began");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Handle> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
}

void PickleMachine::pushTuple(std::vector<Handle> items) {
    int depth = 1;
    for (const Handle handle : items) depth = std::max(depth, at(handle).depth + 1);
    if (depth > kMaxDepth)
        refuse(fmt::format("tuples nested more than {} deep", kMaxDepth), ErrorCode::PickleLimit);
    pushNew({.kind = Kind::Tuple, .depth = depth, .items = std::move(items)});
}

void PickleMachine::setItems(const std::vector<Handle>& items) {
    constexpr std::size_t kMaxItems = 32;  // sixteen pairs; the largest known state has two
    Node& dict = nodes_[top()];
    if (dict.kind != Kind::Dict || items.size() % 2 != 0 ||
        dict.items.size() + items.size() > kMaxItems)
        refuse("items for something that is not a small dict");
    for (const Handle handle : items) dict.depth = std::max(dict.depth, at(handle).depth + 1);
    if (dict.depth > kMaxDepth)
        refuse(fmt::format("dicts nested more than {} deep", kMaxDepth), ErrorCode::PickleLimit);
    dict.items.insert(dict.items.end(), items.begin(), items.end());
}

void PickleMachine::setMemo(std::uint64_t index) {
    constexpr Handle kUnset = std::numeric_limits<Handle>::max();
    if (index >= kMaxMemo)
        refuse(fmt::format("memo entry {}, expected below {}", index, kMaxMemo),
               ErrorCode::PickleLimit);
    if (index >= memo_.size()) memo_.resize(index + 1, kUnset);
    if (memo_[index] == kUnset) ++memoUsed_;
    memo_[index] = top();
}

void PickleMachine::getMemo(std::uint64_t index) {
    if (index >= memo_.size() || memo_[index] >= nodes_.size())
        refuse(fmt::format("memo entry {} is used before it is set", index));
    push(memo_[index]);
}

void PickleMachine::lookUpName(const std::string& module, const std::string& name) {
    struct Known {
        std::string_view module;
        std::string_view name;
        Name meaning;
    };
    // Exact pairs. The second spellings come from NumPy 2, from JAX arrays that were pickled whole
    // and from checkpoints saved by a program that imported xAI's model.py.
    constexpr std::array<Known, 8> kKnown{{
        {"numpy.core.multiarray", "_reconstruct", Name::Reconstruct},
        {"numpy._core.multiarray", "_reconstruct", Name::Reconstruct},
        {"numpy", "ndarray", Name::NdArray},
        {"numpy", "dtype", Name::DType},
        {"ml_dtypes", "bfloat16", Name::BFloat16},
        {"jax._src.array", "_reconstruct_array", Name::JaxArray},
        {"__main__", "QuantizedWeight8bit", Name::QuantizedWeight},
        {"model", "QuantizedWeight8bit", Name::QuantizedWeight},
    }};
    for (const Known& known : kKnown)
        if (known.module == module && known.name == name)
            return pushNew({.kind = Kind::Name, .name = known.meaning});
    refuse(fmt::format("the pickle asks for \"{}.{}\", which no checkpoint needs; nothing was run. "
                       "Expected only arrays of numpy, ml_dtypes or JAX and QuantizedWeight8bit",
                       shownText(module),
                       shownText(name)),
           ErrorCode::PickleName);
}

}  // namespace gatescope
