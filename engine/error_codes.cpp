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

constexpr std::string_view kDownloadAgain = "download it again or compare its SHA-256";
constexpr std::string_view kConvertAgain = "convert the model again, or report its converter";

// clang-format off
constexpr std::array kRows{
    badInput(FileMissing, "FILE-001", "a file of the model is missing", "finish the download", ""),
    badInput(FileIsLink, "FILE-002", "a symbolic link inside a model directory", "put the file itself there", ""),
    badInput(FileIsNotRegular, "FILE-003", "not a regular file", "put a file there", ""),
    badInput(FileIsWebPage, "FILE-004", "a web page was saved in place of the file", "download the file itself", ""),
    badInput(FileIsLfsPointer, "FILE-005", "a git-lfs pointer stands for the file", "run git lfs pull in its directory", ""),
    badInput(FileIsEmpty, "FILE-006", "the file is empty", kDownloadAgain, ""),
    badInput(FileIsUnknown, "FILE-007", "no known model format", "open a GGUF file, an xAI checkpoint or a Hugging Face directory", ""),
    badInput(FileChanged, "FILE-008", "the file changed after it was opened", "open the model again when its download is finished", ""),
    badInput(FileTooShort, "FILE-009", "the file ends too early", kDownloadAgain, ""),
    badInput(ValueNotFinite, "FILE-010", "a weight is NaN or infinite", kDownloadAgain, ""),
    badInput(TensorMissing, "TENSOR-101", "a tensor of the model is missing", kConvertAgain, ""),
    badInput(TensorTwice, "TENSOR-102", "a tensor is there twice", kConvertAgain, ""),
    badInput(TensorUnknown, "TENSOR-103", "a tensor that the architecture does not have", kConvertAgain, ""),
    badInput(TensorShape, "TENSOR-104", "a tensor's shape does not fit the model's sizes", kConvertAgain, ""),
    badInput(TensorType, "TENSOR-105", "a tensor's element type cannot be used", kConvertAgain, ""),
};
// clang-format on

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

void refuse(ErrorCode code, std::string_view where, std::string_view problem) {
    const ErrorCodeRow& row = rowOf(code);
    throw Error(row.kind,
                fmt::format("{}: {}; {} [{}]", where, problem, row.action, row.text),
                std::string(row.text));
}

}  // namespace gatescope
