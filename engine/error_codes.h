#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/error.h"

namespace gatescope {

/// Everything that can be wrong with a file from outside, each with its row in the table. A number,
/// once given, keeps its meaning.
enum class ErrorCode : std::uint16_t {
    // Any model file
    FileMissing,
    FileIsLink,
    FileIsNotRegular,
    FileIsWebPage,
    FileIsLfsPointer,
    FileIsEmpty,
    FileIsUnknown,
    FileChanged,
    FileTooShort,
    ValueNotFinite,
    FileTooLarge,
    // Tensors of any format
    TensorMissing,
    TensorTwice,
    TensorUnknown,
    TensorShape,
    TensorType,
    // Pickles of xAI checkpoints
    PickleTruncated,
    PickleStructure,
    PickleName,
    PickleOpcode,
    PickleLimit,
    PickleProtocol,
    PickleDType,
    PickleOrder,
    PickleSize,
    PickleTail,
    // config.json of xAI checkpoints, and sizes of any model
    ConfigSyntax,
    ConfigKey,
    ConfigValue,
    // Vocabularies of GGUF files
    VocabularyModel,
    VocabularyCount,
    VocabularyId,
    VocabularyToken,
    VocabularyOrder,
    // tokenizer.model
    TokenizerForeign,
    TokenizerSyntax,
    TokenizerFeature,
    TokenizerCount,
    TokenizerPiece,
    TokenizerCharsmap,
    // GGUF files: the container
    GgufTruncated,
    GgufVersion,
    GgufByteOrder,
    GgufLimit,
    GgufName,
    GgufValue,
    GgufTensorSize,
    GgufTensorPlace,
    GgufTensorMissing,
    // GGUF files: the model
    GgufKeyMissing,
    GgufArchitecture,
    GgufFeature,
    GgufSplit,
    GgufLaterPart,
    GgufSeveral,
    // safetensors files
    SafetensorsTruncated,
    SafetensorsSyntax,
    SafetensorsLimit,
    SafetensorsEntry,
    SafetensorsTwice,
    SafetensorsType,
    SafetensorsSize,
    SafetensorsCover,
    SafetensorsName,
    // Directories of Hugging Face
    IndexSyntax,
    IndexName,
    IndexContradiction,
    PickledWeights,
    TensorCopies,
    ConfigArchitecture,
    // Libraries and recordings (.gscope)
    StoreForeign,
    StoreTruncated,
    StoreNewer,
    StoreSchema,
    StoreDamaged,
    StoreNotOneConversation,
    // Conversations of other programs, and of our exports
    ImportUnknown,
    ImportSyntax,
    ImportLimit,
    ImportTruncated,
    ImportVersion,
    ImportArchive,
    ImportEmpty,
    ImportRecord,
    // Start copies
    CopyTruncated,
    CopyForeign,
    CopyHeader,
    CopyLimit,
    CopyTensor,
    CopyPlace,
    CopyChecksum,
    // GPUs
    GpuFault,
    GpuLost,
};

/// What a fault leaves behind (see docs/errors.md).
enum class FaultState : std::uint8_t { RequestFailed, ModelLost, EngineLost };

struct ErrorCodeRow {
    ErrorCode code;
    std::string_view text;  ///< "GGUF-207": what a user can search for
    ErrorKind kind;
    FaultState state;
    std::string_view meaning;  ///< what is wrong, in a few words
    std::string_view action;   ///< what the user can do; ends the sentence
    std::string_view test;     ///< "Suite.Name" of the test that triggers it
};

/// One row a code, in the order of the enum.
std::span<const ErrorCodeRow> errorCodes();
const ErrorCodeRow& rowOf(ErrorCode code);
/// What a fault with this code (Error::code()) leaves behind; RequestFailed where the table has
/// none.
FaultState stateAfter(std::string_view text);

/// Throws Error with "WHERE: PROBLEM; ACTION [CODE]", without the colon before a problem that
/// begins with a verb ("is ...", "has ..."). `where` names the file and the place in it, `problem`
/// says what was expected and what was found; text from files in it must have gone through
/// shownText (engine/io/shown_text.h).
[[noreturn]] void refuse(ErrorCode code, std::string_view where, std::string_view problem);

}  // namespace gatescope
