// Fuzz target: a SentencePiece tokenizer.model, read, checked, handed to the library, and used. See
// docs/fuzzing.md.
#include <array>

#include "engine/error.h"
#include "engine/tokenizer/sentencepiece_file.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/tokenizer/wire_format.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutators.h"
#include "tests/unit/engine/tokenizer/model_writer.h"

namespace gatescope::test {
namespace {

/// 16 pieces instead of 272: seven times as many runs a second.
ModelWriter fewPieces(int algorithm) {
    ModelWriter model = smallModel(algorithm);
    model.byteFallback = false;
    std::erase_if(model.pieces, [](const auto& piece) { return piece.type == 6; });
    return model;
}

/// The embedding is taken to fit, so that the count is not all that is ever tested.
int countPieces(std::string_view bytes) {
    int count = 0;
    WireReader reader("fuzz", bytes, 0);
    for (WireField field; reader.next(field);) count += field.id == 1 ? 1 : 0;
    return count;
}

/// Every id is within the vocabulary, and what was encoded can be decoded, whole and streamed.
void checkUse(const std::shared_ptr<const Tokenizer>& tokenizer, std::string_view text) {
    for (const auto& ids : {tokenizer->encode(text), tokenizer->encodeContinuation(text)}) {
        StreamDecoder stream(tokenizer, true);
        std::string streamed;
        for (const TokenId id : ids) {
            GS_CHECK(id >= 0 && id < tokenizer->vocabSize());
            streamed += stream.next(id);
        }
        streamed += stream.finish();
        GS_CHECK(streamed == tokenizer->decode(ids));
    }
}

}  // namespace

std::vector<std::string> fuzzSeeds() {
    ModelWriter userDefined = fewPieces(2);
    userDefined.add("0", 4);
    userDefined.add("00", 4);
    userDefined.unknownSurface = "?";
    return {smallModel(2).bytes(),
            smallModel(1).bytes(),
            fewPieces(1).bytes(),
            fewPieces(2).bytes(),
            userDefined.bytes()};
}

}  // namespace gatescope::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t maxSize,
                                               unsigned seed) {
    return gatescope::test::mutateInPlace(data, size, maxSize, seed, gatescope::test::mutatedWire);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::array<const char*, 3> kTexts{
        "", " a b ab  ba<s>", "0\n\xC3\xA9\xF0\x9F\x98\x80\xFF</s><0x41>00"};
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    try {
        const int pieces = gatescope::test::countPieces(bytes);
        const auto tokenizer = gatescope::Tokenizer::parse(bytes, "fuzz", pieces);
        GS_CHECK_EQ(tokenizer->vocabSize(), pieces);
        for (const char* text : kTexts) gatescope::test::checkUse(tokenizer, text);
        ++gatescope::test::acceptedInputs;
    } catch (const gatescope::Error& error) {  // a refusal is a good answer
        gatescope::test::checkRefusal(error);
    }
    return 0;
}
