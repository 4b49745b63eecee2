#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenizer/wire_format.h"

namespace gatescope::test {

/// A SentencePiece model as it would stand in a file, for tests to bend. Field numbers as in
/// google/sentencepiece src/sentencepiece_model.proto.
struct ModelWriter {
    struct Piece {
        std::string text;
        float score = 0;
        int type = 1;
    };
    std::vector<Piece> pieces;
    int algorithm = 2;  // BPE
    bool byteFallback = true;
    bool dummyPrefix = true;
    bool removeWhitespace = false;
    std::string charsmap;
    std::string unknownSurface;
    std::string extraTrainer;  // raw fields
    std::string extraModel;    // raw fields

    int vocabSize() const { return static_cast<int>(pieces.size()); }
    void add(std::string text, int type = 1, float score = 0) {
        pieces.push_back({std::move(text), score, type});
    }

    std::string bytes() const {
        WireWriter model;
        for (const auto& piece : pieces) {
            WireWriter out;
            out.bytes(1, piece.text);
            out.fixed32(2, piece.score);
            if (piece.type != 1) out.varint(3, static_cast<std::uint64_t>(piece.type));
            model.bytes(1, out.message());
        }
        WireWriter trainer;
        trainer.varint(3, static_cast<std::uint64_t>(algorithm));
        trainer.varint(35, byteFallback ? 1 : 0);
        if (!unknownSurface.empty()) trainer.bytes(44, unknownSurface);
        model.bytes(2, trainer.message() + extraTrainer);
        WireWriter normalizer;
        normalizer.bytes(1, "identity");
        if (!charsmap.empty()) normalizer.bytes(2, charsmap);
        normalizer.varint(3, dummyPrefix ? 1 : 0);
        normalizer.varint(4, removeWhitespace ? 1 : 0);
        model.bytes(3, normalizer.message());
        return model.message() + extraModel;
    }
};

inline const std::string kSpace = "\xE2\x96\x81";

/// Control and unknown pieces, 256 bytes, a few letters and merges; no user-defined piece.
inline ModelWriter smallModel(int algorithm = 2) {
    ModelWriter model;
    model.algorithm = algorithm;
    model.add("<pad>", 3);
    model.add("<s>", 3);
    model.add("</s>", 3);
    model.add("<unk>", 2);
    for (int byte = 0; byte < 256; ++byte) {
        char text[8];
        std::snprintf(text, sizeof text, "<0x%02X>", static_cast<unsigned>(byte));
        model.add(text, 6);
    }
    float score = -1;
    for (const std::string& text : std::vector<std::string>{kSpace + "a",
                                                            "ab",
                                                            kSpace + kSpace,
                                                            kSpace + "b",
                                                            kSpace + "ab",
                                                            "ba",
                                                            "aa",
                                                            kSpace,
                                                            "a",
                                                            "b",
                                                            "c",
                                                            "\xC3\xA9"})
        model.add(text, 1, score -= 1);
    return model;
}

inline std::filesystem::path writeFile(const std::filesystem::path& file, std::string_view bytes) {
    std::ofstream(file, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return file;
}

}  // namespace gatescope::test
