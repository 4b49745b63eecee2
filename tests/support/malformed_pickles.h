#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/pickle_cases.h"
#include "tests/support/pickle_writer.h"

namespace gatescope::test {

/// A pickle that must be refused, and the code it must be refused with.
struct MalformedPickle {
    std::string what;
    std::string bytes;
    std::string code;
};

inline std::string timesOf(std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += piece;
    return out;
}

/// What runs code when a real unpickler meets it, and what looks like it belongs but does not.
inline std::vector<std::pair<std::string, std::string>> forbiddenNames() {
    return {{"os", "system"},
            {"os", "popen"},
            {"os", "execv"},
            {"posix", "system"},
            {"nt", "system"},
            {"subprocess", "Popen"},
            {"subprocess", "check_output"},
            {"builtins", "eval"},
            {"builtins", "exec"},
            {"builtins", "getattr"},
            {"builtins", "__import__"},
            {"builtins", "open"},
            {"__builtin__", "eval"},
            {"importlib", "import_module"},
            {"runpy", "run_path"},
            {"pickle", "loads"},
            {"codecs", "encode"},
            {"copyreg", "_reconstructor"},
            {"types", "CodeType"},
            {"types", "FunctionType"},
            {"functools", "partial"},
            {"operator", "attrgetter"},
            {"socket", "create_connection"},
            {"shutil", "rmtree"},
            {"pty", "spawn"},
            {"webbrowser", "open"},
            {"timeit", "timeit"},
            {"torch", "load"},
            {"torch._utils", "_rebuild_tensor_v2"},
            {"numpy", "load"},
            {"numpy", "ndarray.tofile"},
            {"numpy", "Dtype"},
            {"numpy.core", "multiarray._reconstruct"},
            {"numpy.core.multiarray", "scalar"},
            {"numpy.testing._private.utils", "runstring"},
            {"ml_dtypes", "float8_e4m3fn"},
            {"jax._src.array", "ArrayImpl"},
            {"__main__", "quantizedweight8bit"},
            {"model2", "QuantizedWeight8bit"},
            {"", ""}};
}

inline std::vector<MalformedPickle> malformedPickles() {
    std::vector<MalformedPickle> out;
    const auto add = [&](const char* code, std::string what, std::string bytes) {
        out.push_back({std::move(what), std::move(bytes), code});
    };
    const auto ops = [](const std::string& opcodes) { return Assembler().op(opcodes).finish(); };

    for (const auto& [module, name] : forbiddenNames())
        add("XAI-203",
            fmt::format("name {}.{}", module, name),
            Assembler().name(module, name).finish());
    add("XAI-203", "name by GLOBAL", ops("cos\nsystem\n"));
    add("XAI-203", "name with a space", ops("cnumpy \nndarray\n"));

    // Opcodes that CPython knows, and some that it does not.
    for (const int opcode : std::initializer_list<int>{
             '0',  '1',  '2',  'I',  'L',  'F',  'G',  'S',  'T',  'U',  'V',  'P',
             'Q',  'l',  ']',  'e',  'a',  'd',  'p',  'g',  'i',  'o',  0x82, 0x83,
             0x84, 0x8b, 0x8d, 0x8f, 0x90, 0x91, 0x92, 0x96, 0x97, 0x98, 0x00, 0xff})
        add("XAI-204",
            fmt::format("opcode 0x{:02x}", opcode),
            ops(std::string(1, static_cast<char>(opcode)) + "12345678\n"));

    for (const int protocol : {0, 1, 2, 6, 127, 255})
        add("XAI-206",
            fmt::format("protocol {}", protocol),
            std::string("\x80") + static_cast<char>(protocol) + "N.");

    for (const char* dtype :
         {"f8", "f16", "i2", "i4", "i8", "u1", "u4", "c8", "b1", "O", "V8", "S4"})
        add("XAI-207", fmt::format("dtype {}", dtype), Assembler().dtype(dtype, "<").finish());
    add("XAI-208", "big-endian", Assembler().dtype("f4", ">").finish());

    // Arrays whose payload is not what the shape says.
    for (const std::size_t bytes : {0, 1, 4, 7, 9, 12, 16})
        add("XAI-209",
            fmt::format("{} bytes for two floats", bytes),
            pickleOf({DType::F32, {2}, std::string(bytes, 'x')}));
    add("XAI-209",
        "a scale too few",
        pickleOf({DType::I8, {2, 8}, std::string(16, '\1')},
                 {DType::BF16, {1, 8}, std::string(14, '\1')}));
    const std::string good = pickleOf({DType::F32, {2}, std::string(8, 'x')});
    add("XAI-210", "a byte behind", good + "x");
    add("XAI-210", "a zero behind", good + std::string(1, '\0'));
    add("XAI-210", "another pickle behind", good + good);

    // The end comes too early, or a length says that much more follows.
    for (const std::size_t kept : {1, 2, 3, 10, 11, 12, 20, 40, 80})
        add("XAI-201", fmt::format("the first {} bytes", kept), good.substr(0, kept));
    add("XAI-201", "all but STOP", good.substr(0, good.size() - 1));
    add("XAI-201", "bytes of 2^32 - 1", ops("B\xff\xff\xff\xff"));
    add("XAI-201", "bytes of 2^31", ops(std::string("B\0\0\0\x80", 5)));
    add("XAI-201", "bytes of 2^61", ops(std::string("\x8e\0\0\0\0\0\0\0\x20", 9)));
    add("XAI-201", "bytes of 2^63", ops(std::string("\x8e\0\0\0\0\0\0\0\x80", 9)));
    add("XAI-201", "bytes of 2^64 - 1", ops("\x8e" + std::string(8, '\xff')));
    add("XAI-205", "a text of 2^32 - 1 bytes", ops("X\xff\xff\xff\xff"));

    // More, or deeper, than a checkpoint's.
    add("XAI-205", "5000 memo entries", ops("N" + timesOf("\x94", 5000)));
    add("XAI-205", "memo entry 2^32 - 1", ops("Nr\xff\xff\xff\xff"));
    add("XAI-205", "1000 marks", ops(timesOf("(", 1000)));
    add("XAI-205", "1000 tuples in one another", ops("N" + timesOf("\x85", 1000)));
    add("XAI-205", "100000 values", ops(timesOf("N", 100'000)));
    add("XAI-205", "100000 opcodes", ops("}" + timesOf("(u", 60'000)));

    // Values that are not there, or not what is needed.
    const std::pair<const char*, std::string> structures[] = {
        {"STOP alone", ""},
        {"two values", "NN"},
        {"None", "N"},
        {"a number", "K\1"},
        {"a text", "\x8c\1a"},
        {"an empty tuple", ")"},
        {"an empty dict", "}"},
        {"a name alone", "cnumpy\nndarray\n"},
        {"REDUCE of nothing", "R"},
        {"REDUCE of one", "NR"},
        {"REDUCE of None", "N)R"},
        {"a call without arguments", "cnumpy\ndtype\n)R"},
        {"BUILD of nothing", "b"},
        {"BUILD of None", "NNb"},
        {"NEWOBJ of nothing", "\x81"},
        {"NEWOBJ of an array", "cnumpy\nndarray\n)\x81"},
        {"TUPLE without MARK", "t"},
        {"SETITEMS without MARK", "}NNu"},
        {"SETITEMS of an odd number", "}(Nu"},
        {"SETITEMS for None", "N(NNu"},
        {"SETITEM of nothing", "s"},
        {"SETITEMS of fifty", "}(" + timesOf("NN", 50) + "u"},
        {"TUPLE1 of nothing", "\x85"},
        {"TUPLE2 of one", "N\x86"},
        {"TUPLE3 of two", "NN\x87"},
        {"a tuple over a mark", "NN(\x86"},
        {"a memo entry never set", "h\5"},
        {"a far memo entry never set", "j\xff\xff\xff\xff"},
        {"MEMOIZE of nothing", "\x94"},
        {"an integer of 0 bytes", std::string("\x8a\0", 2)},
        {"an integer of 9 bytes", "\x8a\x09" + std::string(9, '\1')},
        {"STACK_GLOBAL of numbers", "K\1K\1\x93"},
        {"STACK_GLOBAL of one text", "\x8c\5numpy\x93"},
        {"a second PROTO", "\x80\4"},
        {"a frame that ends within a value", std::string("\x95\1\0\0\0\0\0\0\0K\1", 11)},
    };
    for (const auto& [what, opcodes] : structures) add("XAI-202", what, ops(opcodes));
    add("XAI-202", "no PROTO", "N.");
    return out;
}

}  // namespace gatescope::test
