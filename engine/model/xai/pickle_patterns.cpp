// What the machine does where Python would call something: each pattern is the exact form in which
// numpy, ml_dtypes and JAX describe their arrays.
#include <fmt/format.h>

#include <optional>

#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/model/tensor_slots.h"
#include "engine/model/xai/pickle_machine.h"

namespace gatescope {
namespace {

constexpr std::size_t kMaxDimensions = 3;

std::optional<DType> dtypeOf(const std::string& code) {
    if (code == "f4") return DType::F32;
    if (code == "f2") return DType::F16;
    if (code == "i1") return DType::I8;
    return std::nullopt;
}

}  // namespace

void PickleMachine::reduce() {
    const Node& arguments = at(pop());
    const Node& callable = at(pop());
    if (arguments.kind != Kind::Tuple || callable.kind != Kind::Name)
        refuse("a call of something that is not one of the known names; nothing was run");
    switch (callable.name) {
        case Name::Reconstruct:
            return pushNew(calledReconstruct(arguments));
        case Name::DType:
            return pushNew(calledDType(arguments));
        case Name::JaxArray:
            return pushNew(calledJaxArray(arguments));
        case Name::NdArray:
        case Name::BFloat16:
        case Name::QuantizedWeight:
            refuse("a call that no array needs; nothing was run");
    }
}

void PickleMachine::newObject() {
    const Node& arguments = at(pop());
    const Node& type = at(pop());
    if (!isName(type, Name::QuantizedWeight) || arguments.kind != Kind::Tuple ||
        !arguments.items.empty())
        refuse("an object that is not an empty QuantizedWeight8bit; nothing was run");
    pushNew({.kind = Kind::RawQuantized});
}

void PickleMachine::build() {
    const Node& state = at(pop());
    Node& target = nodes_[top()];
    switch (target.kind) {
        case Kind::RawDType:
            return buildDType(target, state);
        case Kind::RawArray:
            return buildArray(target, state);
        case Kind::RawQuantized:
            return buildQuantized(target, state);
        default:
            refuse("a state for something that has none, or has it already");
    }
}

// numpy: _reconstruct(ndarray, (0,), b"b")
PickleMachine::Node PickleMachine::calledReconstruct(const Node& arguments) const {
    const auto fits = [&] {
        if (arguments.items.size() != 3 || !isName(item(arguments, 0), Name::NdArray)) return false;
        const Node& shape = item(arguments, 1);
        const Node& type = item(arguments, 2);
        return shape.kind == Kind::Tuple && shape.items.size() == 1 && isInt(item(shape, 0), 0) &&
               type.kind == Kind::Bytes && type.length == 1 && type.value == 'b';
    };
    if (!fits()) refuse("an array that is not made as numpy makes one");
    return {.kind = Kind::RawArray};
}

// numpy: dtype("f4", False, True), dtype(ml_dtypes.bfloat16, False, True)
PickleMachine::Node PickleMachine::calledDType(const Node& arguments) const {
    if (arguments.items.size() != 3 || !isBool(item(arguments, 1), false) ||
        !isBool(item(arguments, 2), true))
        refuse("a dtype that is not made as numpy makes one");
    const Node& code = item(arguments, 0);
    if (isName(code, Name::BFloat16)) return {.kind = Kind::RawDType, .dtype = DType::BF16};
    const auto dtype = code.kind == Kind::Text ? dtypeOf(code.text) : std::nullopt;
    if (!dtype)
        refuse(fmt::format("elements of dtype \"{}\", expected f4, i1, f2 or bfloat16",
                           code.kind == Kind::Text ? shownText(code.text) : "?"),
               ErrorCode::PickleDType);
    return {.kind = Kind::RawDType, .dtype = *dtype};
}

// jax: _reconstruct_array(_reconstruct, (ndarray, (0,), b"b"), state of the array, {"weak_type":
// ...}) The last one describes how JAX promotes types; it says nothing about the elements.
PickleMachine::Node PickleMachine::calledJaxArray(const Node& arguments) const {
    if (arguments.items.size() != 4 || !isName(item(arguments, 0), Name::Reconstruct) ||
        item(arguments, 1).kind != Kind::Tuple || item(arguments, 3).kind != Kind::Dict)
        refuse("an array that is not made as JAX makes one");
    Node array = calledReconstruct(item(arguments, 1));
    buildArray(array, item(arguments, 2));
    return array;
}

// numpy: (3, byte order, None, None, None, item size, alignment, flags); sizes are -1 for built-in
// types.
void PickleMachine::buildDType(Node& dtype, const Node& state) const {
    if (state.kind != Kind::Tuple || state.items.size() != 8 || !isInt(item(state, 0), 3))
        refuse("a dtype's state of unknown form; expected version 3 without metadata");
    const Node& order = item(state, 1);
    if (order.kind != Kind::Text) refuse("a dtype without byte order");
    const bool oneByte = itemSize(dtype.dtype) == 1;
    if (order.text != (oneByte ? "|" : "<"))
        refuse(fmt::format("elements in byte order \"{}\", expected \"{}\" (little-endian)",
                           shownText(order.text),
                           oneByte ? "|" : "<"),
               ErrorCode::PickleOrder);
    const auto size = static_cast<std::int64_t>(itemSize(dtype.dtype));
    const auto plain = [&] {
        for (const std::size_t i : {2U, 3U, 4U})
            if (item(state, i).kind != Kind::None) return false;
        for (const std::size_t i : {5U, 6U})
            if (!isInt(item(state, i), -1) && !isInt(item(state, i), size)) return false;
        return item(state, 7).kind == Kind::Int;
    };
    if (!plain()) refuse("a dtype with fields, parts or another size than its name says");
    dtype.kind = Kind::DType;
}

// numpy: (1, shape, dtype, fortran order, bytes)
void PickleMachine::buildArray(Node& array, const Node& state) const {
    if (state.kind != Kind::Tuple || state.items.size() != 5 || !isInt(item(state, 0), 1))
        refuse("an array's state of unknown form; expected version 1");
    const Node& shape = item(state, 1);
    const Node& dtype = item(state, 2);
    const Node& payload = item(state, 4);
    if (shape.kind != Kind::Tuple || dtype.kind != Kind::DType) refuse("an array without a type");
    if (payload.kind != Kind::Bytes)
        refuse("an array whose elements are not plain bytes (objects are refused)");
    if (isBool(item(state, 3), true))
        refuse("an array in Fortran order, expected C order", ErrorCode::PickleOrder);
    if (!isBool(item(state, 3), false)) refuse("an array without an order of its elements");
    if (shape.items.empty() || shape.items.size() > kMaxDimensions)
        refuse(fmt::format(
            "an array of {} dimensions, expected 1 to {}", shape.items.size(), kMaxDimensions));

    std::uint64_t bytes = itemSize(dtype.dtype);
    bool fits = true;
    for (std::size_t i = 0; i < shape.items.size(); ++i) {
        const Node& size = item(shape, i);
        if (size.kind != Kind::Int || size.value < 1) refuse("a dimension that is not positive");
        array.shape.push_back(size.value);
        const auto factor = static_cast<std::uint64_t>(size.value);
        fits = fits && factor <= payload.length / bytes;  // so that the product cannot wrap
        if (fits) bytes *= factor;
    }
    if (!fits || bytes != payload.length)
        refuse(fmt::format("an array of shape {} and dtype {} whose payload has {} bytes",
                           shapeText(array.shape),
                           name(dtype.dtype),
                           payload.length),
               ErrorCode::PickleSize);
    array.kind = Kind::Array;
    array.dtype = dtype.dtype;
    array.offset = payload.offset;
    array.length = payload.length;
}

// xai-org/grok-1 model.py: a dataclass with two fields, in this order
void PickleMachine::buildQuantized(Node& quantized, const Node& state) const {
    const auto fits = [&] {
        if (state.kind != Kind::Dict || state.items.size() != 4) return false;
        return item(state, 0).text == "weight" && item(state, 1).kind == Kind::Array &&
               item(state, 2).text == "scales" && item(state, 3).kind == Kind::Array;
    };
    if (!fits()) refuse("a QuantizedWeight8bit without its two arrays \"weight\" and \"scales\"");
    quantized.kind = Kind::Quantized;
    quantized.items = {state.items[1], state.items[3]};
}

PickledArray PickleMachine::array(const Node& node) const {
    return {.dtype = node.dtype, .shape = node.shape, .offset = node.offset, .bytes = node.length};
}

PickledTensor PickleMachine::result() {
    if (cursor_.left() != 0)
        refuse(
            fmt::format("the pickle ends here, {} bytes before the file; expected one object and "
                        "nothing after it",
                        cursor_.left()),
            ErrorCode::PickleTail);
    if (stack_.size() != 1 || !marks_.empty())
        refuse(fmt::format("the pickle leaves {} values, expected one", stack_.size()));
    const Node& node = at(stack_.front());
    if (node.kind == Kind::Array) return {.data = array(node), .scales = std::nullopt};
    if (node.kind != Kind::Quantized)
        refuse("the pickle describes neither an array nor a QuantizedWeight8bit");
    return {.data = array(item(node, 0)), .scales = array(item(node, 1))};
}

}  // namespace gatescope
