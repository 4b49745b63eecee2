#include "engine/error_codes.h"

#include <fmt/format.h>

#include <array>

#include "engine/check.h"

namespace gatescope {
namespace {

using enum ErrorCode;

constexpr ErrorCodeRow badInput(ErrorCode code,
                                std::string_view text,
                                std::string_view meaning,
                                std::string_view action,
                                std::string_view test) {
    return {.code = code,
            .text = text,
            .kind = ErrorKind::BadInput,
            .state = FaultState::RequestFailed,
            .meaning = meaning,
            .action = action,
            .test = test};
}

constexpr ErrorCodeRow deviceFault(ErrorCode code,
                                   std::string_view text,
                                   FaultState state,
                                   std::string_view meaning,
                                   std::string_view action,
                                   std::string_view test) {
    ErrorCodeRow row = badInput(code, text, meaning, action, test);
    row.kind = ErrorKind::DeviceFault;
    row.state = state;
    return row;
}

constexpr std::string_view kDownloadAgain = "download it again or compare its SHA-256";
constexpr std::string_view kPublisher = "get the file again from its publisher";
constexpr std::string_view kNotPython =
    "do not open this file with Python, get it from its publisher";
constexpr std::string_view kCorrectConfig = "correct the file or get it again from the publisher";
constexpr std::string_view kCopyAgain = "make it again with gatescope-cli cache add";
constexpr std::string_view kConvertAgain = "convert the model again, or report its converter";

// clang-format off
constexpr std::array kRows{
    badInput(FileMissing, "FILE-001", "a file of the model is missing", "finish the download", "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(FileIsLink, "FILE-002", "a symbolic link inside a model directory", "put the file itself there", "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(FileIsNotRegular, "FILE-003", "not a regular file", "put a file there", "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(FileIsWebPage, "FILE-004", "a web page was saved in place of the file", "download the file itself", "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(FileIsLfsPointer, "FILE-005", "a git-lfs pointer stands for the file", "run git lfs pull in its directory", "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(FileIsEmpty, "FILE-006", "the file is empty", kDownloadAgain, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(FileIsUnknown, "FILE-007", "no known model format", "open a GGUF file, an xAI checkpoint or a Hugging Face directory", "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(FileChanged, "FILE-008", "the file changed after it was opened", "open the model again when its download is finished", "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(FileTooShort, "FILE-009", "the file ends too early", kDownloadAgain, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(ValueNotFinite, "FILE-010", "a weight is NaN or infinite", kDownloadAgain, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(FileTooLarge, "FILE-011", "larger than such a file can be", kDownloadAgain, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(TensorMissing, "TENSOR-101", "a tensor of the model is missing", kConvertAgain, "GgufModelTest.EachFaultHasItsCode"),
    badInput(TensorTwice, "TENSOR-102", "a tensor is there twice", kConvertAgain, "HostileHfTest.EachFaultHasItsCode"),
    badInput(TensorUnknown, "TENSOR-103", "a tensor that the architecture does not have", kConvertAgain, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(TensorShape, "TENSOR-104", "a tensor's shape does not fit the model's sizes", kConvertAgain, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(TensorType, "TENSOR-105", "a tensor's element type cannot be used", kConvertAgain, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(PickleTruncated, "XAI-201", "the pickle ends too early", kDownloadAgain, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(PickleStructure, "XAI-202", "not the pickle of an array", kPublisher, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(PickleName, "XAI-203", "the pickle names what no checkpoint needs", kNotPython, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(PickleOpcode, "XAI-204", "the pickle holds an opcode that no array needs", kNotPython, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(PickleLimit, "XAI-205", "the pickle is larger or deeper than any checkpoint's", kPublisher, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(PickleProtocol, "XAI-206", "a pickle protocol that is not read", "save the checkpoint again with protocol 4", "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(PickleDType, "XAI-207", "elements of a type that is not read", "save the checkpoint again as f4, f2, i1 or bfloat16", "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(PickleOrder, "XAI-208", "elements in another order", "save the arrays again little-endian with np.ascontiguousarray", "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(PickleSize, "XAI-209", "shape and payload of an array disagree", kDownloadAgain, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(PickleTail, "XAI-210", "something follows the pickle", kDownloadAgain, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(ConfigSyntax, "CONFIG-301", "config.json is not the JSON that is expected", kCorrectConfig, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(ConfigKey, "CONFIG-302", "a key is missing in config.json", kCorrectConfig, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(ConfigValue, "CONFIG-303", "a value of the model's sizes makes no sense", kCorrectConfig, "HostileCheckpointTest.EachFaultHasItsCode"),
    badInput(VocabularyModel, "VOCAB-401", "a vocabulary of a kind that is not supported yet", "take a model with a SentencePiece vocabulary, such as Grok-1", "VocabBuilderTest.RefusesAVocabularyThatLiesAndSaysWhere"),
    badInput(VocabularyCount, "VOCAB-402", "tokens, scores, types and the embedding differ in number", kConvertAgain, "VocabBuilderTest.RefusesAVocabularyThatLiesAndSaysWhere"),
    badInput(VocabularyId, "VOCAB-403", "a special token lies outside the vocabulary", kConvertAgain, "VocabBuilderTest.RefusesAVocabularyThatLiesAndSaysWhere"),
    badInput(VocabularyToken, "VOCAB-404", "a token that no SentencePiece vocabulary can have, or one that it must have", kConvertAgain, "VocabBuilderTest.RefusesAVocabularyThatLiesAndSaysWhere"),
    badInput(VocabularyOrder, "VOCAB-405", "the scores do not say which pieces merge first", "convert the model again with its tokenizer.model in the folder", "VocabBuilderTest.RefusesAVocabularyThatLiesAndSaysWhere"),
    badInput(TokenizerForeign, "TOKENIZER-801", "no SentencePiece model", "put the model's own tokenizer.model there", "SentencePieceFileTest.EachFaultHasItsCode"),
    badInput(TokenizerSyntax, "TOKENIZER-802", "the SentencePiece model is cut off or damaged", "copy the file again", "SentencePieceFileTest.EachFaultHasItsCode"),
    badInput(TokenizerFeature, "TOKENIZER-803", "a kind of SentencePiece model that is not supported", "take the tokenizer that belongs to this model", "SentencePieceFileTest.EachFaultHasItsCode"),
    badInput(TokenizerCount, "TOKENIZER-804", "another number of pieces than the embedding has rows", "take the tokenizer that belongs to this model", "SentencePieceFileTest.EachFaultHasItsCode"),
    badInput(TokenizerPiece, "TOKENIZER-805", "a piece that no SentencePiece vocabulary can have, or one that it must have", "copy the file again", "SentencePieceFileTest.EachFaultHasItsCode"),
    badInput(TokenizerCharsmap, "TOKENIZER-806", "the table of the tokenizer's normaliser is damaged", "copy the file again", "SentencePieceFileTest.EachFaultHasItsCode"),
    badInput(GgufTruncated, "GGUF-501", "the header of a GGUF file ends too early", kDownloadAgain, "HostileGgufTest.EachFaultHasItsCode"),
    badInput(GgufVersion, "GGUF-502", "a version of GGUF that is not read", "convert the model again with a current converter", "HostileGgufTest.EachFaultHasItsCode"),
    badInput(GgufByteOrder, "GGUF-503", "a big-endian GGUF file", "take the little-endian file, or turn this one round with gguf_convert_endian.py", "HostileGgufTest.EachFaultHasItsCode"),
    badInput(GgufLimit, "GGUF-504", "a GGUF file counts more than any model has", kDownloadAgain, "HostileGgufTest.EachFaultHasItsCode"),
    badInput(GgufName, "GGUF-505", "a key or a tensor's name that cannot be, or is there twice", kConvertAgain, "HostileGgufTest.EachFaultHasItsCode"),
    badInput(GgufValue, "GGUF-506", "a key's value is of another type or range", kConvertAgain, "HostileGgufTest.EachFaultHasItsCode"),
    badInput(GgufTensorSize, "GGUF-507", "a tensor's sizes make no sense", kConvertAgain, "HostileGgufTest.EachFaultHasItsCode"),
    badInput(GgufTensorPlace, "GGUF-508", "tensors lie where they cannot", kConvertAgain, "HostileGgufTest.EachFaultHasItsCode"),
    badInput(GgufTensorMissing, "GGUF-509", "the file ends before its tensors do", kDownloadAgain, "HostileGgufTest.EachFaultHasItsCode"),
    badInput(GgufKeyMissing, "GGUF-510", "a key that describes the model is missing", kConvertAgain, "GgufModelTest.EachFaultHasItsCode"),
    badInput(GgufArchitecture, "GGUF-511", "another architecture than Grok's", "open a Grok-1 model", "GgufModelTest.EachFaultHasItsCode"),
    badInput(GgufFeature, "GGUF-512", "asks for arithmetic that Grok-1 does not have", "open a Grok-1 model", "GgufModelTest.EachFaultHasItsCode"),
    badInput(GgufSplit, "GGUF-513", "parts of a split model that do not belong together", "download all parts of one model again", "GgufModelTest.EachFaultHasItsCode"),
    badInput(GgufLaterPart, "GGUF-514", "a later part of a split model", "open part 1", "GgufModelTest.EachFaultHasItsCode"),
    badInput(GgufSeveral, "GGUF-515", "several models in one directory", "name the file of one of them", "GgufModelTest.EachFaultHasItsCode"),
    badInput(SafetensorsTruncated, "SAFETENSORS-601", "the file ends before its header or its tensors do", kDownloadAgain, "SafetensorsHeaderTest.EachFaultHasItsCode"),
    badInput(SafetensorsSyntax, "SAFETENSORS-602", "the header is not JSON", kDownloadAgain, "SafetensorsHeaderTest.EachFaultHasItsCode"),
    badInput(SafetensorsLimit, "SAFETENSORS-603", "the header is larger or deeper than any model's", kPublisher, "SafetensorsHeaderTest.EachFaultHasItsCode"),
    badInput(SafetensorsEntry, "SAFETENSORS-604", "a tensor is not described as the format demands", kPublisher, "SafetensorsHeaderTest.EachFaultHasItsCode"),
    badInput(SafetensorsTwice, "SAFETENSORS-605", "a name or a key is there twice", kPublisher, "SafetensorsHeaderTest.EachFaultHasItsCode"),
    badInput(SafetensorsType, "SAFETENSORS-606", "an element type that the format does not know", kConvertAgain, "SafetensorsHeaderTest.EachFaultHasItsCode"),
    badInput(SafetensorsSize, "SAFETENSORS-607", "shape and bytes of a tensor disagree", kDownloadAgain, "SafetensorsHeaderTest.EachFaultHasItsCode"),
    badInput(SafetensorsCover, "SAFETENSORS-608", "bytes that belong to no tensor or to two", kPublisher, "SafetensorsHeaderTest.EachFaultHasItsCode"),
    badInput(SafetensorsName, "SAFETENSORS-609", "a tensor's name is empty, too long or holds controls", kConvertAgain, "SafetensorsHeaderTest.EachFaultHasItsCode"),
    badInput(IndexSyntax, "HF-701", "the index is not the JSON that is expected", kDownloadAgain, "HostileHfTest.EachFaultHasItsCode"),
    badInput(IndexName, "HF-702", "the index names something other than a file beside it", kPublisher, "HostileHfTest.EachFaultHasItsCode"),
    badInput(IndexContradiction, "HF-703", "the index and the files disagree", "finish the download, or get index and files of the same version", "HostileHfTest.EachFaultHasItsCode"),
    badInput(PickledWeights, "HF-704", "weights in PyTorch's pickles", "convert the model to .safetensors, in a sandbox if you do not trust it", "HostileHfTest.EachFaultHasItsCode"),
    badInput(TensorCopies, "HF-705", "two copies of one tensor differ", kDownloadAgain, "HostileHfTest.EachFaultHasItsCode"),
    badInput(ConfigArchitecture, "HF-706", "a model of another architecture", "open a conversion of Grok-1", "HostileHfTest.EachFaultHasItsCode"),
    badInput(StoreForeign, "STORE-901", "no library or recording of Gatescope", "choose a file that Gatescope wrote", "StoreFaultsTest.EachFaultHasItsCode"),
    badInput(StoreTruncated, "STORE-902", "the file is cut short", "restore it from a copy", "StoreFaultsTest.EachFaultHasItsCode"),
    badInput(StoreNewer, "STORE-903", "written by a newer Gatescope", "open it with the newer version", "StoreFaultsTest.EachFaultHasItsCode"),
    badInput(StoreSchema, "STORE-904", "tables or programs that are not Gatescope's", "choose a file that Gatescope wrote", "StoreFaultsTest.EachFaultHasItsCode"),
    badInput(StoreDamaged, "STORE-905", "something in the file is damaged", "restore it from a copy, or rescue what can be read (gatescope-cli library rescue)", "StoreFaultsTest.EachFaultHasItsCode"),
    badInput(StoreNotOneConversation, "STORE-906", "not a recording of one conversation", "open it as a library", "StoreFaultsTest.EachFaultHasItsCode"),
    badInput(ImportUnknown, "IMPORT-061", "no conversations in a format that is read", "choose an export of Gatescope, llama.cpp's UI, ChatGPT or GPT4All", "ImportFaultsTest.EachFaultHasItsCode"),
    badInput(ImportSyntax, "IMPORT-062", "exported conversations that are not written as their format says", "export them again", "ImportFaultsTest.EachFaultHasItsCode"),
    badInput(ImportLimit, "IMPORT-063", "larger or deeper than any export of conversations", "export fewer conversations at once", "ImportFaultsTest.EachFaultHasItsCode"),
    badInput(ImportTruncated, "IMPORT-064", "a chat ends too early", "copy the file again", "ImportFaultsTest.EachFaultHasItsCode"),
    badInput(ImportVersion, "IMPORT-065", "a version of GPT4All's chats that is not read", "save the chat with GPT4All 3.10", "ImportFaultsTest.EachFaultHasItsCode"),
    badInput(ImportArchive, "IMPORT-066", "an archive is damaged, or holds no conversations", "download the export again", "ImportFaultsTest.EachFaultHasItsCode"),
    badInput(ImportEmpty, "IMPORT-067", "a file without a single message", "choose another file", "ImportFaultsTest.EachFaultHasItsCode"),
    badInput(ImportRecord, "IMPORT-068", "a chat of GPT4All is damaged", "copy the file again", "ImportFaultsTest.EachFaultHasItsCode"),
    badInput(CopyTruncated, "COPY-051", "a start copy ends too early", kCopyAgain, "NativeFormatTest.EachFaultHasItsCode"),
    badInput(CopyForeign, "COPY-052", "no start copy, or one of another version", kCopyAgain, "NativeFormatTest.EachFaultHasItsCode"),
    badInput(CopyHeader, "COPY-053", "the header of a start copy is damaged", kCopyAgain, "NativeFormatTest.EachFaultHasItsCode"),
    badInput(CopyLimit, "COPY-054", "a start copy counts more than any model has", kCopyAgain, "NativeFormatTest.EachFaultHasItsCode"),
    badInput(CopyTensor, "COPY-055", "a tensor is not described as the sizes demand", kCopyAgain, "NativeFormatTest.EachFaultHasItsCode"),
    badInput(CopyPlace, "COPY-056", "tensors of a start copy lie where they cannot", kCopyAgain, "NativeFormatTest.EachFaultHasItsCode"),
    badInput(CopyChecksum, "COPY-057", "the weights in a start copy are damaged", kCopyAgain, "StartCopyTest.DamagedWeightsAreFoundAndRemoved"),
    deviceFault(GpuFault, "GPU-001", FaultState::RequestFailed, "a call to the GPU failed", "try again, or load the model on the CPU (--decoder cpu)", "CudaFaults.EachErrorHasItsCode"),
    deviceFault(GpuLost, "GPU-002", FaultState::EngineLost, "the GPU serves this process no more", "start Gatescope again to use it, or load the model on the CPU (--decoder cpu)", "CudaFaults.EachErrorHasItsCode"),
};
// clang-format on

/// "a.gguf has no bytes", but "a.gguf: 3 bytes are missing".
std::string_view joint(std::string_view problem) {
    for (const std::string_view verb :
         {"is ", "has ", "does ", "holds ", "begins ", "ends ", "failed "})
        if (problem.starts_with(verb)) return " ";
    return ": ";
}

}  // namespace

std::span<const ErrorCodeRow> errorCodes() {
    return kRows;
}

const ErrorCodeRow& rowOf(ErrorCode code) {
    const auto index = static_cast<std::size_t>(code);
    GS_CHECK_LT(index, kRows.size());
    GS_CHECK(kRows[index].code == code);
    return kRows[index];
}

FaultState stateAfter(std::string_view text) {
    for (const ErrorCodeRow& row : kRows)
        if (row.text == text) return row.state;
    return FaultState::RequestFailed;
}

void refuse(ErrorCode code, std::string_view where, std::string_view problem) {
    const ErrorCodeRow& row = rowOf(code);
    throw Error(
        row.kind,
        fmt::format("{}{}{}; {} [{}]", where, joint(problem), problem, row.action, row.text),
        std::string(row.text));
}

}  // namespace gatescope
