#include "engine/tokenizer/sentencepiece_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <fstream>

#include "engine/error_codes.h"
#include "engine/tokenizer/charsmap.h"
#include "engine/tokenizer/piece_checks.h"
#include "engine/tokenizer/utf8.h"
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

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

/// What a person most likely put in the tokenizer's place; empty if it may be a model.
std::string impostor(std::string_view bytes) {
    if (bytes.empty()) return "an empty file: the download probably failed, download it again";
    if (bytes.starts_with("version https://git-lfs.github.com/spec/"))
        return "a Git LFS pointer: run 'git lfs pull' where it came from, or download the file "
               "itself";
    const std::string start = lower(bytes.substr(0, 64));
    const auto text = start.find_first_not_of(" \t\r\n");
    const std::string_view head =
        text == std::string::npos ? std::string_view() : std::string_view(start).substr(text);
    if (head.starts_with("<!doctype") || head.starts_with("<html") || head.starts_with("<?xml"))
        return "a web page: the download address answered with a page (signed out, moved?), "
               "download the file itself";
    if (head.starts_with("{") && isUtf8(bytes.substr(0, std::min<std::size_t>(bytes.size(), 64))))
        return "JSON: this is another kind of tokenizer file, the SentencePiece one is needed";
    if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("\x1F\x8B"))
        return "a compressed archive: unpack it first";
    const auto printable = [](char c) { return (c >= 0x20 && c < 0x7F) || c == '\t' || c == '\r'; };
    const auto line = bytes.substr(0, std::min<std::size_t>(bytes.size(), 256));
    // A model's first byte is 0x0A, a newline to a reader of text, but its lengths are not text.
    if (std::all_of(line.begin(), line.end(), [&](char c) { return printable(c) || c == '\n'; }) &&
        printable(line.front()))
        return "plain text";
    return {};
}

class ModelParser {
  public:
    ModelParser(std::string_view bytes, std::string_view file, int vocabSize)
        : bytes_(bytes), file_(file), vocabSize_(vocabSize) {}

    SentencePieceModel parse() {
        if (const std::string found = impostor(bytes_); !found.empty())
            gatescope::refuse(ErrorCode::TokenizerForeign,
                              fmt::format("{}: byte 0", file_),
                              fmt::format("expected a SentencePiece model, found {}", found));
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

std::string readWhole(const std::filesystem::path& file) {
    const std::string shown = file.filename().string();
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (!std::filesystem::is_regular_file(status))
        refuse(ErrorCode::TokenizerMissing,
               shown,
               fmt::format(
                   "expected the model's tokenizer file in {}, found {}",
                   file.parent_path().string(),
                   std::filesystem::exists(status) ? "something that is not a file" : "nothing"));
    const auto size = std::filesystem::file_size(file, error);
    if (error || size > kLargestSentencePieceFile)
        refuse(ErrorCode::TokenizerForeign,
               shown,
               fmt::format("expected at most {} bytes, found {}", kLargestSentencePieceFile, size));
    std::string bytes(size, '\0');
    std::ifstream in(file, std::ios::binary);
    in.read(bytes.data(), static_cast<std::streamsize>(size));
    if (!in)
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: expected {} readable bytes, found {}; check the file's "
                                "permissions and the disk",
                                file.string(),
                                size,
                                in.gcount()));
    return bytes;
}

}  // namespace

SentencePieceModel parseSentencePieceModel(std::string_view bytes,
                                           std::string_view name,
                                           int vocabSize) {
    return ModelParser(bytes, name, vocabSize).parse();
}

SentencePieceModel readSentencePieceFile(const std::filesystem::path& file, int vocabSize) {
    return parseSentencePieceModel(readWhole(file), file.filename().string(), vocabSize);
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
