#include "engine/tokenizer/sentencepiece_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <span>

#include "engine/error_codes.h"
#include "engine/io/foreign_file.h"
#include "engine/io/utf8.h"
#include "engine/tokenizer/charsmap.h"
#include "engine/tokenizer/piece_checks.h"
#include "engine/tokenizer/wire_format.h"

namespace gatescope {
namespace {

constexpr std::size_t kMaxSurfaceBytes = 4096;

// Field numbers of sentencepiece_model.proto.
namespace field {
constexpr std::uint32_t kPieces = 1, kTrainer = 2, kNormalizer = 3, kDenormalizer = 5;
constexpr std::uint32_t kPieceText = 1, kPieceScore = 2, kPieceType = 3;
constexpr std::uint32_t kModelType = 3, kWhitespaceAsSuffix = 24, kByteFallback = 35,
                        kUnknownSurface = 44;
constexpr std::uint32_t kCharsmap = 2, kDummyPrefix = 3, kRemoveWhitespace = 4,
                        kEscapeWhitespace = 5;
}  // namespace field

bool isPlainText(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 0x20 && c < 0x7F) || c == '\t' || c == '\r' || c == '\n';
    });
}

/// Throws if something else stands in the tokenizer's place. A SentencePiece model has no magic
/// bytes, but it begins with a field of bytes, its first piece, whose length is no text.
void refuseImpostor(std::string_view bytes, std::string_view file) {
    constexpr std::size_t kStart = 256;
    const std::string_view start = bytes.substr(0, kStart);
    const ForeignFile foreign =
        recogniseForeignFile(std::as_bytes(std::span(start)), "a SentencePiece model");
    if (foreign.code != ErrorCode::FileIsUnknown)
        refuse(foreign.code, file, fmt::format("is {}", foreign.what));
    if ((start.front() & 7) != static_cast<int>(WireType::Bytes) || isPlainText(start))
        refuse(ErrorCode::TokenizerForeign, file, fmt::format("is {}", foreign.what));
}

class ModelParser {
  public:
    ModelParser(std::string_view bytes, std::string_view file, int vocabSize)
        : bytes_(bytes), file_(file), vocabSize_(vocabSize) {}

    SentencePieceModel parse() {
        refuseImpostor(bytes_, file_);
        WireReader reader(file_, bytes_, 0);
        for (WireField part; reader.next(part);) parsePart(part);
        checkPieces();
        if (!model_.charsmap.empty()) checkCharsmap(model_.charsmap, file_, charsmapOffset_);
        return std::move(model_);
    }

  private:
    [[noreturn]] void refuse(ErrorCode code,
                             std::size_t offset,
                             const std::string& place,
                             const std::string& expected,
                             const std::string& found) const {
        gatescope::refuse(code,
                          fmt::format("{}: byte {}: {}", file_, offset, place),
                          fmt::format("expected {}, found {}", expected, found));
    }

    void expectType(const WireField& part, WireType type, const std::string& place) const {
        if (part.type != type)
            refuse(ErrorCode::TokenizerSyntax,
                   part.offset,
                   place,
                   std::string(name(type)),
                   std::string(name(part.type)));
    }

    void parsePart(const WireField& part) {
        switch (part.id) {
            case field::kPieces:
                expectType(part, WireType::Bytes, fmt::format("piece {}", model_.pieces.size()));
                parsePiece(part);
                break;
            case field::kTrainer:
                expectType(part, WireType::Bytes, "the trainer settings");
                parseTrainer(part);
                break;
            case field::kNormalizer:
                expectType(part, WireType::Bytes, "the normaliser");
                parseNormalizer(part);
                break;
            case field::kDenormalizer:
                expectType(part, WireType::Bytes, "the denormaliser");
                parseDenormalizer(part);
                break;
            default:  // self tests and extensions: nothing that encoding depends on
                break;
        }
    }

    void parsePiece(const WireField& part) {
        const std::string place = fmt::format("piece {}", model_.pieces.size());
        if (model_.pieces.size() == static_cast<std::size_t>(vocabSize_))
            refuseCount(part.offset, fmt::format("more than {}", vocabSize_));
        SentencePiece piece;
        piece.offset = part.offset;
        WireReader reader(file_, part.bytes, part.bytesOffset);
        for (WireField value; reader.next(value);) {
            if (value.id == field::kPieceText) {
                expectType(value, WireType::Bytes, place);
                piece.text = value.bytes;
            } else if (value.id == field::kPieceScore) {
                expectType(value, WireType::Fixed32, place);
                piece.score = std::bit_cast<float>(static_cast<std::uint32_t>(value.number));
            } else if (value.id == field::kPieceType) {
                expectType(value, WireType::Varint, place);
                if (value.number < 1 || value.number > 6)
                    refuse(ErrorCode::TokenizerPiece,
                           value.offset,
                           place,
                           "a type from 1 to 6",
                           fmt::format("{}", value.number));
                piece.kind = static_cast<PieceKind>(value.number);
            }
        }
        model_.pieces.push_back(std::move(piece));
    }

    bool parseFlag(const WireField& value, const std::string& place) const {
        expectType(value, WireType::Varint, place);
        return value.number != 0;
    }

    void parseTrainer(const WireField& part) {
        WireReader reader(file_, part.bytes, part.bytesOffset);
        for (WireField value; reader.next(value);) {
            if (value.id == field::kModelType) {
                expectType(value, WireType::Varint, "model_type");
                if (value.number != 1 && value.number != 2)
                    refuse(ErrorCode::TokenizerFeature,
                           value.offset,
                           "model_type",
                           "1 (unigram) or 2 (BPE)",
                           fmt::format("{}", value.number));
                model_.algorithm = static_cast<SentencePieceModel::Algorithm>(value.number);
            } else if (value.id == field::kByteFallback) {
                model_.byteFallback = parseFlag(value, "byte_fallback");
            } else if (value.id == field::kWhitespaceAsSuffix) {
                if (parseFlag(value, "treat_whitespace_as_suffix"))
                    refuse(ErrorCode::TokenizerFeature,
                           value.offset,
                           "treat_whitespace_as_suffix",
                           "false",
                           "true");
            } else if (value.id == field::kUnknownSurface) {
                expectType(value, WireType::Bytes, "unk_surface");
                // The library reads it as a C string.
                model_.unknownSurface = replaceInvalidUtf8(
                    value.bytes.substr(0, std::min(value.bytes.find('\0'), kMaxSurfaceBytes)));
            }
        }
    }

    void parseNormalizer(const WireField& part) {
        WireReader reader(file_, part.bytes, part.bytesOffset);
        for (WireField value; reader.next(value);) {
            if (value.id == field::kCharsmap) {
                expectType(value, WireType::Bytes, "precompiled_charsmap");
                model_.charsmap = value.bytes;
                charsmapOffset_ = value.bytesOffset;
            } else if (value.id == field::kDummyPrefix) {
                model_.addDummyPrefix = parseFlag(value, "add_dummy_prefix");
            } else if (value.id == field::kRemoveWhitespace) {
                model_.removeExtraWhitespaces = parseFlag(value, "remove_extra_whitespaces");
            } else if (value.id == field::kEscapeWhitespace) {
                model_.escapeWhitespaces = parseFlag(value, "escape_whitespaces");
            }
        }
    }

    void parseDenormalizer(const WireField& part) const {
        WireReader reader(file_, part.bytes, part.bytesOffset);
        for (WireField value; reader.next(value);) {
            if (value.id == field::kCharsmap && !value.bytes.empty())
                refuse(ErrorCode::TokenizerFeature,
                       value.offset,
                       "denormalizer_spec",
                       "no character map",
                       fmt::format("one of {} bytes", value.bytes.size()));
        }
    }

    [[noreturn]] void refuseCount(std::size_t offset, const std::string& found) const {
        gatescope::refuse(ErrorCode::TokenizerCount,
                          fmt::format("{}: byte {}", file_, offset),
                          fmt::format("expected {} pieces, one for each row of the model's "
                                      "embedding, found {}",
                                      vocabSize_,
                                      found));
    }

    void checkPieces() const {
        if (model_.pieces.size() != static_cast<std::size_t>(vocabSize_))
            refuseCount(bytes_.size(), fmt::format("{}", model_.pieces.size()));
        const auto fault = findPieceFault(model_);
        if (!fault) return;
        if (!fault->id)
            refuse(ErrorCode::TokenizerPiece,
                   bytes_.size(),
                   "the vocabulary",
                   fault->expected,
                   fault->found);
        refuse(ErrorCode::TokenizerPiece,
               model_.pieces[*fault->id].offset,
               fmt::format("piece {}", *fault->id),
               fault->expected,
               fault->found);
    }

    std::string_view bytes_;
    std::string_view file_;
    int vocabSize_;
    SentencePieceModel model_;
    std::size_t charsmapOffset_ = 0;
};

}  // namespace

SentencePieceModel parseSentencePieceModel(std::string_view bytes,
                                           std::string_view name,
                                           int vocabSize) {
    return ModelParser(bytes, name, vocabSize).parse();
}

std::string serialize(const SentencePieceModel& model, std::string_view sentinel) {
    WireWriter out;
    const auto writePiece = [&](std::string_view text, float score, PieceKind kind) {
        WireWriter piece;
        piece.bytes(field::kPieceText, text);
        piece.fixed32(field::kPieceScore, score);
        piece.varint(field::kPieceType, static_cast<std::uint64_t>(kind));
        out.bytes(field::kPieces, piece.message());
    };
    for (const auto& piece : model.pieces) writePiece(piece.text, piece.score, piece.kind);
    writePiece(sentinel, 0, PieceKind::UserDefined);
    WireWriter trainer;
    trainer.varint(field::kModelType, static_cast<std::uint64_t>(model.algorithm));
    trainer.varint(field::kByteFallback, model.byteFallback ? 1 : 0);
    out.bytes(field::kTrainer, trainer.message());
    WireWriter normalizer;
    if (!model.charsmap.empty()) normalizer.bytes(field::kCharsmap, model.charsmap);
    normalizer.varint(field::kDummyPrefix, model.addDummyPrefix ? 1 : 0);
    normalizer.varint(field::kRemoveWhitespace, model.removeExtraWhitespaces ? 1 : 0);
    normalizer.varint(field::kEscapeWhitespace, model.escapeWhitespaces ? 1 : 0);
    out.bytes(field::kNormalizer, normalizer.message());
    return out.message();
}

}  // namespace gatescope
