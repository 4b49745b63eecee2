#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/xai/pickle_cursor.h"
#include "engine/model/xai/pickle_reader.h"

namespace gatescope {

/// The machine behind readPickledTensor: one run, one file. Values are nodes in one list and name
/// each other by number, so that shared values are never copied and nothing recurses. Where Python
/// would call something, the machine compares arguments with the one pattern it knows for that name
/// and writes down what the call would have described.
class PickleMachine {
  public:
    PickleMachine(const ByteSource& source, const std::string& where);
    PickledTensor run();

  private:
    using Handle = std::uint32_t;

    /// The names a checkpoint may use.
    enum class Name { Reconstruct, NdArray, DType, BFloat16, JaxArray, QuantizedWeight };
    enum class Kind {
        None,
        Bool,
        Int,
        Text,
        Bytes,
        Tuple,
        Dict,
        Name,
        RawDType,      ///< numpy.dtype(...) before its BUILD
        DType,         ///< complete
        RawArray,      ///< _reconstruct(...) before its BUILD
        Array,         ///< complete
        RawQuantized,  ///< QuantizedWeight8bit() before its BUILD
        Quantized,     ///< complete; items: weight, scales
    };
    struct Node {
        Kind kind = Kind::None;
        int depth = 0;           ///< nesting of tuples and dicts below
        std::int64_t value = 0;  ///< Bool, Int; Bytes of length 1: that byte
        Name name = Name::Reconstruct;
        DType dtype = DType::F32;
        std::uint64_t offset = 0;  ///< Bytes
        std::uint64_t length = 0;  ///< Bytes
        std::string text{};
        std::vector<Handle> items{};        ///< Tuple; Dict: key, value, key, value ...
        std::vector<std::int64_t> shape{};  ///< Array
    };

    [[noreturn]] void refuse(const std::string& what,
                             ErrorCode code = ErrorCode::PickleStructure) const;
    void step(std::uint8_t opcode);
    void stepProtocol();

    Handle add(Node node);
    void push(Handle handle);
    void pushNew(Node node);
    void pushInt(std::int64_t value);
    void pushBytes(std::uint64_t length);
    Handle pop();
    Handle top() const;
    std::size_t available() const;
    std::vector<Handle> popToMark();
    void pushTuple(std::vector<Handle> items);
    void setMemo(std::uint64_t index);
    void getMemo(std::uint64_t index);
    void setItems(const std::vector<Handle>& items);
    void lookUpName(const std::string& module, const std::string& name);

    void reduce();
    void newObject();
    void build();
    Node calledReconstruct(const Node& arguments) const;
    Node calledDType(const Node& arguments) const;
    Node calledJaxArray(const Node& arguments) const;
    void buildDType(Node& dtype, const Node& state) const;
    void buildArray(Node& array, const Node& state) const;
    void buildQuantized(Node& quantized, const Node& state) const;

    const Node& at(Handle handle) const { return nodes_[handle]; }
    const Node& item(const Node& tuple, std::size_t index) const {
        return nodes_[tuple.items[index]];
    }
    bool isName(const Node& node, Name name) const {
        return node.kind == Kind::Name && node.name == name;
    }
    bool isInt(const Node& node, std::int64_t value) const {
        return node.kind == Kind::Int && node.value == value;
    }
    bool isBool(const Node& node, bool value) const {
        return node.kind == Kind::Bool && (node.value != 0) == value;
    }
    PickledArray array(const Node& node) const;
    PickledTensor result();

    PickleCursor cursor_;
    std::uint64_t opcodeAt_ = 0;
    bool stopped_ = false;
    std::vector<Node> nodes_;
    std::vector<Handle> stack_;
    std::vector<std::size_t> marks_;  ///< stack heights
    std::vector<Handle> memo_;
    std::size_t memoUsed_ = 0;
};

}  // namespace gatescope
