#include "engine/model/xai/pickle_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/quant/float_types.h"
#include "tests/support/malformed_pickles.h"
#include "tests/support/pickle_cases.h"
#include "tests/support/pickle_writer.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

using test::Assembler;
using test::readPickle;
using test::refusalOf;
using testing::AllOf;
using testing::HasSubstr;
using Shape = std::vector<std::int64_t>;

std::string fixture(const std::string& name) {
    return test::readBytes(test::dataDir() / "pickles" / (name + ".pickle"));
}

/// A pickle that is fine up to `insert`, in place of the array's BUILD state.
std::string arrayWithState(const std::string& state) {
    return Assembler().rawArray().op(state).op("b").finish();
}

std::string f32Dtype() {
    // Without the two bytes of the protocol.
    return Assembler().dtype("f4", "<").unfinished().substr(2);
}

void expectCounts(const std::string& bytes, const PickledArray& array) {
    for (std::uint64_t i = 0; i < array.bytes / itemSize(array.dtype); ++i) {
        const char* at = bytes.data() + array.offset + i * itemSize(array.dtype);
        float value = 0;
        if (array.dtype == DType::F32) std::memcpy(&value, at, sizeof value);
        if (array.dtype == DType::I8) value = static_cast<float>(static_cast<signed char>(*at));
        if (array.dtype == DType::BF16 || array.dtype == DType::F16) {
            std::uint16_t bits = 0;
            std::memcpy(&bits, at, sizeof bits);
            value = array.dtype == DType::BF16 ? kernels::bf16ToFloat(bits)
                                               : kernels::halfToFloat(bits);
        }
        ASSERT_EQ(value, static_cast<float>(i));
    }
}

TEST(PickleReaderTest, ReadsArraysAsNewerNumpyAndJaxSaveThem) {
    const std::pair<const char*, DType> cases[] = {{"numpy2_f32", DType::F32},
                                                   {"numpy2_f32_protocol3", DType::F32},
                                                   {"numpy2_bf16", DType::BF16},
                                                   {"numpy2_f16", DType::F16},
                                                   {"jax_f32", DType::F32},
                                                   {"jax_bf16", DType::BF16}};
    for (const auto& [name, dtype] : cases) {
        SCOPED_TRACE(name);
        const std::string bytes = fixture(name);
        const PickledTensor tensor = readPickle(bytes);
        EXPECT_FALSE(tensor.scales);
        EXPECT_EQ(tensor.data.dtype, dtype);
        EXPECT_EQ(tensor.data.shape, (Shape{2, 3}));
        expectCounts(bytes, tensor.data);
    }
}

TEST(PickleReaderTest, ReadsQuantizedWeightsAsOtherProgramsSaveThem) {
    for (const char* name : {"numpy2_quantized", "jax_quantized", "model_quantized"}) {
        SCOPED_TRACE(name);
        const std::string bytes = fixture(name);
        const PickledTensor tensor = readPickle(bytes);
        ASSERT_TRUE(tensor.scales);
        EXPECT_EQ(tensor.data.dtype, DType::I8);
        EXPECT_EQ(tensor.data.shape, (Shape{2, 8, 6}));
        EXPECT_EQ(tensor.scales->dtype, DType::BF16);
        EXPECT_EQ(tensor.scales->shape, (Shape{2, 2, 6}));
        expectCounts(bytes, tensor.data);
        expectCounts(bytes, *tensor.scales);
    }
}

TEST(PickleReaderTest, SaysWhyItRefusesWhatNumpyCanSaveButNoCheckpointHolds) {
    const std::pair<const char*, const char*> cases[] = {
        {"refused_protocol2", "protocol 2"},
        {"refused_protocol5", "numpy._core.numeric._frombuffer"},
        {"refused_fortran", "Fortran order"},
        {"refused_big_endian", "byte order \">\""},
        {"refused_objects", "dtype \"O8\""},
        {"refused_f64", "dtype \"f8\""},
        {"refused_fields", "dtype \"V4\""},
        {"refused_four_dimensions", "4 dimensions"},
        {"refused_scalar", "0 dimensions"},
        {"refused_list", "opcode 0x5d"},
        {"refused_none", "neither an array nor"}};
    for (const auto& [name, reason] : cases)
        EXPECT_THAT(refusalOf(fixture(name)), AllOf(HasSubstr("byte "), HasSubstr(reason))) << name;
}

TEST(PickleReaderTest, LeavesThePayloadInTheFile) {
    const std::string payload(3 << 20, '\x01');
    const std::string bytes = test::pickleOf({DType::I8, {3, 1 << 20}, payload},
                                             {DType::BF16, {1, 1 << 20}, payload.substr(1 << 20)});
    std::uint64_t read = 0;
    const ByteSource source{.size = bytes.size(),
                            .read = [&](std::uint64_t offset, std::span<std::byte> out) {
                                read += out.size();
                                std::memcpy(out.data(), bytes.data() + offset, out.size());
                            }};
    const PickledTensor tensor = readPickledTensor(source, "case");
    EXPECT_EQ(tensor.data.bytes, payload.size());
    EXPECT_LT(read, 64U * 1024);
}

TEST(PickleReaderTest, RefusesEveryNameOutsideTheList) {
    const std::pair<const char*, const char*> names[] = {
        {"os", "system"},
        {"posix", "system"},
        {"nt", "system"},
        {"builtins", "eval"},
        {"builtins", "exec"},
        {"builtins", "getattr"},
        {"__builtin__", "eval"},
        {"subprocess", "Popen"},
        {"subprocess", "check_output"},
        {"importlib", "import_module"},
        {"runpy", "_run_code"},
        {"pickle", "loads"},
        {"_pickle", "loads"},
        {"operator", "attrgetter"},
        {"functools", "partial"},
        {"copyreg", "_reconstructor"},
        {"_codecs", "encode"},
        {"numpy", "frombuffer"},
        {"numpy", "load"},
        {"numpy", "save"},
        {"numpy.testing._private.utils", "runstring"},
        {"numpy.f2py.crackfortran", "getlincoef"},
        {"numpy.core.multiarray", "scalar"},
        {"numpy.core.multiarray", "_reconstruct.__globals__"},
        {"torch", "load"},
        {"torch.serialization", "load"},
        {"webbrowser", "open"},
        {"socket", "create_connection"},
        {"__main__", "QuantizedWeight8bit.__init__"},
        {"__main__", "QuantizedWeight4bit"},
        {"__main__.", "QuantizedWeight8bit"},
        {"Numpy", "ndarray"},
        {"numpy ", "ndarray"},
        {"numpy.", "ndarray"},
        {"", "ndarray"},
        {"numpy", ""},
        {"ml_dtypes", "float8_e4m3"},
        {"jax._src.array", "ArrayImpl"}};
    for (const auto& [module, name] : names) {
        const std::string full = fmt::format("\"{}.{}\"", module, name);
        const std::string stackGlobal =
            Assembler().name(module, name).text("touch canary").op("\x85R").finish();
        EXPECT_THAT(refusalOf(stackGlobal), AllOf(HasSubstr(full), HasSubstr("nothing was run")));
        const std::string global = Assembler()
                                       .op(fmt::format("c{}\n{}\n", module, name))
                                       .text("touch canary")
                                       .op("\x85R")
                                       .finish();
        EXPECT_THAT(refusalOf(global), HasSubstr(full));
    }
}

TEST(PickleReaderTest, RefusesAForbiddenNameWhoseResultIsNotEvenUsed) {
    // A scanner that looks only at what is called misses these; a name alone imports in Python.
    const std::string before = Assembler().name("os", "system").op("0").finish();
    EXPECT_THAT(refusalOf(before), HasSubstr("os.system"));
    const std::string inTuple =
        Assembler().op("(").name("os", "system").op("t").rawArray().finish();
    EXPECT_THAT(refusalOf(inTuple), HasSubstr("os.system"));
}

TEST(PickleReaderTest, ShowsStrangeNamesEscapedAndCut) {
    const std::string refusal =
        refusalOf(Assembler().name("o\ns\x1b[31m", std::string(200, 'x')).finish());
    EXPECT_THAT(refusal, HasSubstr("o\\x0as\\x1b[31m"));
    EXPECT_LT(refusal.size(), 500U);
    for (const char c : refusal) EXPECT_TRUE(c >= ' ' && c <= '~') << static_cast<int>(c);
}

TEST(PickleReaderTest, RefusesEveryOpcodeThatNoArrayNeeds) {
    const std::string known =
        "(.)}NJKMtbuRhqrjcsXBC\x80\x81\x85\x86\x87\x88\x89\x8a\x8c\x8e\x93\x94\x95";
    for (int opcode = 0; opcode < 256; ++opcode) {
        if (known.find(static_cast<char>(opcode)) != std::string::npos) continue;
        const std::string bytes =
            Assembler().op(std::string(1, static_cast<char>(opcode))).op("0000000000").finish();
        EXPECT_THAT(refusalOf(bytes), HasSubstr(fmt::format("opcode 0x{:02x}", opcode)));
    }
}

TEST(PickleReaderTest, RefusesCallsInAnyOtherForm) {
    const std::string cases[] = {
        // ndarray itself, bfloat16, the weight class
        Assembler().name("numpy", "ndarray").op(")R").finish(),
        Assembler().name("ml_dtypes", "bfloat16").op(")R").finish(),
        Assembler().name("__main__", "QuantizedWeight8bit").op(")R").finish(),
        Assembler().name("numpy", "ndarray").op(")\x81").finish(),
        Assembler().name("__main__", "QuantizedWeight8bit").integer(1).op("\x85\x81").finish(),
        // other arguments
        Assembler().name("numpy", "dtype").text("f4").op("\x85R").finish(),
        Assembler().name("numpy", "dtype").text("f4").op("\x88\x88\x87R").finish(),
        Assembler().name("numpy.core.multiarray", "_reconstruct").op(")R").finish(),
        Assembler().integer(1).op(")R").finish(),
        Assembler().name("numpy", "dtype").integer(1).op("R").finish(),
        // states for the wrong thing
        Assembler().integer(1).op(")b").finish(),
        Assembler().rawArray().op("Nb").finish(),
        Assembler().name("__main__", "QuantizedWeight8bit").op(")\x81").op("}b").finish(),
    };
    for (const std::string& bytes : cases)
        EXPECT_THAT(refusalOf(bytes), HasSubstr("byte ")) << testing::PrintToString(bytes);
}

TEST(PickleReaderTest, RefusesAStateThatIsBuiltTwice) {
    const std::string state = "(K\x01K\x01\x85" + f32Dtype() + "\x89" + "C\x04" + "abcdt";
    EXPECT_EQ(refusalOf(arrayWithState(state)), "");
    EXPECT_THAT(refusalOf(Assembler().rawArray().op(state).op("b").op(state).op("b").finish()),
                HasSubstr("has it already"));
}

TEST(PickleReaderTest, RefusesAShapeWhoseProductWouldWrap) {
    // Four bytes of payload: 2^62 * 4 * ... wraps to small numbers in 64 bits.
    const auto stateOf = [](const std::string& shape) {
        return "(K\x01" + shape + f32Dtype() + "\x89" + "C\x04" + "abcdt";
    };
    const std::string huge =
        std::string("\x8a\x08") + std::string("\0\0\0\0\0\0\0\x40", 8);  // 2^62
    EXPECT_THAT(refusalOf(arrayWithState(stateOf(huge + "\x85"))), HasSubstr("payload has 4"));
    EXPECT_THAT(refusalOf(arrayWithState(stateOf(huge + huge + "\x86"))),
                HasSubstr("payload has 4"));
    const std::string negative = "J\xff\xff\xff\xff";
    EXPECT_THAT(refusalOf(arrayWithState(stateOf(negative + "\x85"))), HasSubstr("not positive"));
    EXPECT_THAT(refusalOf(arrayWithState(stateOf(negative + negative + "\x86"))),
                HasSubstr("not positive"));
    const std::string zero("K\0", 2);
    EXPECT_THAT(refusalOf(arrayWithState(stateOf(zero + "\x85"))), HasSubstr("not positive"));
}

TEST(PickleReaderTest, RefusesAPayloadThatIsNotAsLongAsItsShape) {
    EXPECT_EQ(refusalOf(test::pickleOf({DType::F32, {2}, std::string(8, 'x')})), "");
    for (const std::size_t bytes : {0U, 1U, 4U, 7U, 9U, 12U, 16U})
        EXPECT_THAT(refusalOf(test::pickleOf({DType::F32, {2}, std::string(bytes, 'x')})),
                    HasSubstr(fmt::format("payload has {} bytes", bytes)));
}

TEST(PickleReaderTest, RefusesLengthsBeyondTheFileBeforeAnythingIsReserved) {
    const std::string lengths[] = {
        "B\xff\xff\xff\xff",
        std::string("\x8e") + "\xff\xff\xff\xff\xff\xff\xff\xff",
        std::string("\x8e") + std::string("\0\0\0\0\0\x10\0\0", 8),
        "X\xff\xff\xff\x7f",
        std::string("\x95") + "\xff\xff\xff\xff\xff\xff\xff\xff",
        "C\xff",
        "\x8c\xff",
    };
    for (const std::string& length : lengths)
        EXPECT_THAT(refusalOf(Assembler().op(length).finish()), HasSubstr("bytes"))
            << testing::PrintToString(length);
}

TEST(PickleReaderTest, StopsAtItsLimits) {
    const auto repeat = [](const std::string& part, int times) {
        std::string out;
        for (int i = 0; i < times; ++i) out += part;
        return out;
    };
    // Memo bomb: doubling tuples of one shared value. In a copying reader 2^60 values.
    std::string doubling = "N\x94";
    for (int i = 0; i < 60; ++i)
        doubling += "h" + std::string(1, static_cast<char>(i)) + "h" +
                    std::string(1, static_cast<char>(i)) + "\x86\x94";
    EXPECT_THAT(refusalOf(Assembler().op(doubling).finish()), HasSubstr("leaves 61 values"));
    EXPECT_THAT(refusalOf(Assembler().op("N" + repeat("\x94", 5000)).finish()), HasSubstr("memo"));
    EXPECT_THAT(refusalOf(Assembler().op("Nr\xff\xff\xff\xff").finish()), HasSubstr("memo"));
    EXPECT_THAT(refusalOf(Assembler().op("j\xff\xff\xff\xff").finish()),
                HasSubstr("before it is set"));
    EXPECT_THAT(refusalOf(Assembler().op("N" + repeat("\x85", 1000)).finish()),
                HasSubstr("nested"));
    EXPECT_THAT(refusalOf(Assembler().op(repeat("(", 1000)).finish()), HasSubstr("marks"));
    EXPECT_THAT(refusalOf(Assembler().op(repeat("N", 100000)).finish()),
                HasSubstr("values at once"));
    EXPECT_THAT(refusalOf(Assembler().op("}" + repeat("(u", 60000)).finish()),
                HasSubstr("100000 pickle opcodes"));
    EXPECT_THAT(refusalOf(Assembler().op("}(" + repeat("N", 100) + "u").finish()),
                HasSubstr("small dict"));
}

TEST(PickleReaderTest, RefusesACycle) {
    // d = {}; d["weight"] = d
    const std::string cycle =
        Assembler().op("}\x94").text("weight").op(std::string("h\0s", 3)).finish();
    EXPECT_THAT(refusalOf(cycle), HasSubstr("neither an array"));
}

TEST(PickleReaderTest, WantsOneObjectAndNothingBehindIt) {
    const std::string good = test::pickleOf({DType::F32, {1}, "abcd"});
    EXPECT_EQ(refusalOf(good), "");
    EXPECT_THAT(refusalOf(good + "x"), HasSubstr("1 bytes before the file"));
    EXPECT_THAT(refusalOf(good + good), HasSubstr("nothing after it"));
    EXPECT_THAT(refusalOf(Assembler().op("N").rawArray().finish()), HasSubstr("leaves 2 values"));
    EXPECT_THAT(refusalOf(Assembler().finish()), HasSubstr("leaves 0 values"));
    EXPECT_THAT(refusalOf(Assembler().op("\x80\x04").finish()), HasSubstr("once"));
    EXPECT_THAT(refusalOf("N."), HasSubstr("begins with its protocol"));
    EXPECT_THAT(refusalOf(""), HasSubstr("file ends at byte 0"));
}

TEST(PickleReaderTest, DoesNotReachBelowItsStackOrAMark) {
    for (const char* ops :
         {"R", "b", "\x85", "\x87", "\x93", "t", "u", "s", "\x81", "\x94", "q\x01"})
        EXPECT_THAT(refusalOf(Assembler().op(ops).finish()), HasSubstr("byte 2")) << ops;
    EXPECT_THAT(refusalOf(Assembler().op("NN(\x86").finish()), HasSubstr("there is none"));
}

TEST(PickleReaderTest, RefusesEveryPrefixOfAGoodFile) {
    const std::string seeds[] = {test::pickleOf({DType::F32, {2, 3}, std::string(24, 'x')}),
                                 fixture("jax_quantized"),
                                 fixture("numpy2_quantized"),
                                 fixture("numpy2_f32_protocol3")};
    for (const std::string& seed : seeds) {
        ASSERT_EQ(refusalOf(seed), "");
        for (std::size_t length = 0; length < seed.size(); ++length)
            ASSERT_THAT(refusalOf(seed.substr(0, length)), HasSubstr("byte ")) << length;
    }
}

TEST(PickleReaderTest, EachFaultHasItsCode) {
    const auto files = test::malformedPickles();
    EXPECT_GE(files.size(), 166U);
    for (const auto& file : files)
        EXPECT_THAT(refusalOf(file.bytes), HasSubstr("[" + file.code + "]")) << file.what;
}

}  // namespace
}  // namespace gatescope
