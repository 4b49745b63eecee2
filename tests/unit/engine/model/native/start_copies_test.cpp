#include "engine/model/native/start_copies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "engine/decoder/load_weights.h"
#include "engine/error.h"
#include "engine/model/cache_place.h"
#include "engine/model/open_model.h"
#include "tests/support/gguf_model.h"
#include "tests/support/hf_writer.h"
#include "tests/support/native_cases.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using test::GgufForm;
using testing::HasSubstr;

std::vector<std::byte> copyOf(std::span<const std::byte> bytes) {
    return {bytes.begin(), bytes.end()};
}

/// Everything a decoder of `options` makes of `weights`.
StepOutput outputOf(std::shared_ptr<const ModelWeights> weights, const DecoderOptions& options) {
    const auto decoder = makeDecoder(std::move(weights), options);
    const std::vector<TokenId> tokens{1, 5, 9, 2, 60, 33, 7};
    const auto cache = decoder->makeCache(static_cast<int>(tokens.size()));
    StepOutput out;
    EXPECT_EQ(decoder->forward(
                  {.tokens = tokens, .logitsFor = LogitsFor::AllTokens}, *cache, {}, out, {}),
              StepStatus::Done);
    return out;
}

/// No file of this process may grow beyond `bytes`, as on a full disk, until the end of the scope.
class FileLimit {
  public:
    explicit FileLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        (void)std::signal(SIGXFSZ, handler_);
    }
    FileLimit(const FileLimit&) = delete;
    FileLimit& operator=(const FileLimit&) = delete;

  private:
    rlimit before_{};
    void (*handler_)(int);
};

void overwrite(const fs::path& file, const std::string& bytes) {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ASSERT_TRUE(out.flush());
}

class StartCopyTest : public testing::Test {
  protected:
    /// What a start would give without a copy, laid out.
    std::shared_ptr<ModelWeights> fresh(const std::string& model) const {
        return loadWeights(*openModel(model), {.threads = 2}, {}, {}).weights;
    }
    LoadedWeights load(const std::string& model) const {
        return loadWeights(*openModel(model), {.threads = 2, .startCopies = folder_}, {}, {});
    }
    fs::path add(const std::string& model) const {
        return addStartCopy(folder_, *openModel(model), *fresh(model), {}, {}).value();
    }
    std::string xai(test::TinyOptions options = {}) const {
        const fs::path dir = scratch_.path() / "xai";
        test::writeTinyCheckpoint(dir, test::tinyConfig(), 7, options);
        return dir.string();
    }
    std::string gguf(const GgufForm& form) const {
        const auto weights = openModel(xai())->load({}, {});
        const fs::path file = scratch_.path() / "model.gguf";
        test::writeBytes(file, test::ggufOf(*weights, form).finish());
        return file.string();
    }
    /// Every byte of every tensor, and how it is read, as without a copy.
    void expectSame(const std::string& model) const {
        const auto plain = fresh(model);
        add(model);
        const LoadedWeights loaded = load(model);
        ASSERT_TRUE(loaded.weights) << loaded.note;
        EXPECT_TRUE(loaded.fromStartCopy) << loaded.note;
        EXPECT_EQ(loaded.note, "");
        EXPECT_TRUE(loaded.weights->blocks.empty());
        expectEqual(*loaded.weights, *plain);
        for (const Precision precision : {Precision::Auto, Precision::F32}) {
            const DecoderOptions options{.precision = precision, .threads = 2};
            const StepOutput mapped = outputOf(loaded.weights, options);
            const StepOutput read = outputOf(plain, options);
            EXPECT_EQ(mapped.logits, read.logits);
            EXPECT_EQ(mapped.routerProbs, read.routerProbs);
        }
    }
    static void expectEqual(const ModelWeights& one, const ModelWeights& other) {
        EXPECT_EQ(one.config, other.config);
        for (const TensorSlot& slot : tensorSlots(other.config)) {
            const TensorBytes a = bytesOf(one, slot);
            const TensorBytes b = bytesOf(other, slot);
            EXPECT_EQ(copyOf(a.data), copyOf(b.data)) << slot.path;
            EXPECT_EQ(copyOf(a.scales), copyOf(b.scales)) << slot.path;
            EXPECT_EQ(a.layout.dtype, b.layout.dtype) << slot.path;
            EXPECT_EQ(a.layout.order, b.layout.order) << slot.path;
            EXPECT_EQ(a.layout.numGroups, b.layout.numGroups) << slot.path;
        }
        EXPECT_EQ(one.output.data == one.embedding.data, other.output.data == other.embedding.data);
    }
    /// A load that goes past the copy, for a reason that the note names.
    void expectPassedOver(const std::string& model, const std::string& reason) const {
        const LoadedWeights loaded = load(model);
        ASSERT_TRUE(loaded.weights);
        EXPECT_FALSE(loaded.fromStartCopy);
        EXPECT_THAT(loaded.note, HasSubstr(reason));
        EXPECT_EQ(loaded.note.find('\n'), std::string::npos);
    }

    test::ScratchDir scratch_;
    fs::path folder_ = scratch_.path() / "cache" / "copies";
};

TEST_F(StartCopyTest, HoldsTheSameWeights) {
    expectSame(xai());
    expectSame(xai({.matrices = DType::BF16, .others = DType::BF16}));
    for (const DType type : {DType::Q8_0, DType::F16, DType::IQ4_NL}) {
        expectSame(gguf({.matrices = type, .vocabulary = DType::Q8_0, .storedOutput = true}));
        expectSame(gguf({.matrices = type}));
    }
}

TEST_F(StartCopyTest, HoldsTheScalesOfRows) {
    const auto weights = openModel(xai({.matrices = DType::F32}))->load({}, {});
    const fs::path dir = scratch_.path() / "hf";
    test::writeHfDirectory(dir, *weights, {.matrices = DType::F8E4M3, .rowScales = true});
    expectSame(dir.string());
}

TEST_F(StartCopyTest, IsMadeOnlyWhenAskedFor) {
    const std::string model = xai();
    EXPECT_FALSE(load(model).fromStartCopy);
    EXPECT_FALSE(fs::exists(folder_));
    EXPECT_TRUE(listStartCopies(folder_).empty());
    const fs::path file = add(model);
    EXPECT_EQ(file.parent_path(), folder_);
    EXPECT_FALSE(loadWeights(*openModel(model), {}, {}, {}).fromStartCopy);  // no folder named
    // Those that read no panels have no use for it.
    const DecoderOptions reference{.kind = "reference", .startCopies = folder_};
    EXPECT_FALSE(loadWeights(*openModel(model), reference, {}, {}).fromStartCopy);
    const auto copies = listStartCopies(folder_);
    ASSERT_EQ(copies.size(), 1U);
    EXPECT_EQ(copies[0].file, file);
    EXPECT_EQ(copies[0].bytes, fs::file_size(file));
    EXPECT_EQ(copies[0].header->source.location, fs::canonical(model).string());
}

TEST_F(StartCopyTest, IsPassedOverWhenTheModelHasChanged) {
    const std::string model = gguf({.matrices = DType::Q8_0});
    add(model);
    fs::last_write_time(model, fs::last_write_time(model) + std::chrono::seconds(1));
    expectPassedOver(model, "its files have changed since");
    add(model);  // takes the old one's place
    EXPECT_EQ(listStartCopies(folder_).size(), 1U);
    EXPECT_TRUE(load(model).fromStartCopy);
}

/// Size and time are the same, and the name: it is another file all the same.
TEST_F(StartCopyTest, IsPassedOverWhenAnotherFileTookTheModelsPlace) {
    const std::string model = gguf({.matrices = DType::Q8_0});
    add(model);
    const auto time = fs::last_write_time(model);
    const fs::path other = scratch_.path() / "other.gguf";
    fs::copy_file(model, other);
    fs::last_write_time(other, time);
    fs::rename(other, model);
    expectPassedOver(model, "its files have changed since");
}

/// As one that was made before this program laid weights out in another way.
TEST_F(StartCopyTest, OneOfAnotherLayoutIsPassedOverAndMadeAnew) {
    const std::string model = gguf({.matrices = DType::Q8_0});
    const fs::path file = add(model);
    const NativeHeader good = listStartCopies(folder_).front().header.value();

    NativeHeader otherSample = good;
    ++otherSample.layoutFingerprint;
    overwrite(file, nativeHeaderBytes(otherSample));
    expectPassedOver(model, "another version of this program; gatescope-cli cache add makes");
    EXPECT_TRUE(fs::exists(file));

    NativeHeader rows = good;  // as many bytes, and the decoders read it: but not as it is laid out
    for (NativeTensor& tensor : rows.tensors)
        if (tensor.layout.slot.role == TensorRole::Query)
            tensor.layout.order = MatrixOrder::OutputsFirst;
    overwrite(file, nativeHeaderBytes(rows));
    expectPassedOver(model, "another version of this program");

    std::string otherFormat = nativeHeaderBytes(good);
    ++otherFormat[8];
    overwrite(file, otherFormat);
    expectPassedOver(model, "COPY-052");

    expectSame(model);
}

#ifdef __SANITIZE_THREAD__
constexpr std::size_t kHeaderStep = 11;  // one thread reads the header, so there is little to watch
#else
constexpr std::size_t kHeaderStep = 1;
#endif

/// Whichever byte of the header is another: one sentence and the model itself, or no difference.
TEST_F(StartCopyTest, NoByteOfTheHeaderCanDoHarm) {
    const std::string model = gguf({.matrices = DType::Q8_0, .storedOutput = true});
    const fs::path file = add(model);
    const fs::path kept = scratch_.path() / "kept";  // one that is found damaged is removed
    fs::create_hard_link(file, kept);
    const auto source = openModel(model);
    const auto plain = fresh(model);
    const std::string header =
        nativeHeaderBytes(findStartCopy(folder_, *source).value().header.value());
    const auto expectHarmless = [&](const std::string& bytes, std::size_t at) {
        overwrite(kept, bytes);
        const auto loaded = loadStartCopy(folder_, *source, 1, {}, {});
        if (loaded.weights) {
            expectEqual(*loaded.weights, *plain);
        } else {
            EXPECT_THAT(loaded.note, testing::StartsWith("The start copy of model.gguf is not"));
            EXPECT_THAT(loaded.note, testing::EndsWith("."));
            EXPECT_EQ(loaded.note.find('\n'), std::string::npos) << at;
        }
        if (!fs::exists(file)) fs::create_hard_link(kept, file);
        return loaded.weights != nullptr;
    };
    EXPECT_TRUE(expectHarmless(header, 0));
    for (std::size_t at = 0; at < header.size(); at += kHeaderStep) {
        std::string changed = header;
        changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
        EXPECT_FALSE(expectHarmless(changed, at)) << at;
        const std::string again = test::resigned(changed);  // with the right checksum
        if (again != header) {
            EXPECT_FALSE(expectHarmless(again, at)) << at;
        }
    }
    EXPECT_TRUE(expectHarmless(header, 0));
}

TEST_F(StartCopyTest, IsPassedOverWhenAnotherProgramMadeIt) {
    const std::string model = gguf({.matrices = DType::Q8_0});
    const auto source = openModel(model);
    add(model);
    StartCopy copy = findStartCopy(folder_, *source).value();
    EXPECT_EQ(staleness(copy, *source), "");
    ++copy.header->layoutFingerprint;
    EXPECT_THAT(staleness(copy, *source), HasSubstr("another version"));
    --copy.header->layoutFingerprint;
    copy.header->tensors[0].layout.dtype = DType::F16;
    EXPECT_THAT(staleness(copy, *source), HasSubstr("other types"));
    copy.header.reset();
    copy.problem = "why";
    EXPECT_THAT(staleness(copy, *source), HasSubstr("cannot be read: why"));
}

/// What is damaged is never used, whichever byte it is.
TEST_F(StartCopyTest, DamagedWeightsAreFoundAndRemoved) {
    const std::string model = gguf({.matrices = DType::Q8_0});
    const fs::path file = add(model);
    const NativeHeader header = listStartCopies(folder_).front().header.value();
    const std::string whole = test::readBytes(file);
    for (const NativeTensor& tensor : header.tensors) {
        std::string bytes = whole;
        bytes[tensor.data.offset + tensor.data.bytes - 1] ^= 1;
        test::writeBytes(file, bytes);
        try {
            verifyStartCopy(file, 2, {}, {});
            FAIL() << tensor.layout.slot.path;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), "COPY-057");
            EXPECT_THAT(error.what(), HasSubstr(tensor.layout.slot.path));
        }
        expectPassedOver(model, "was removed");
        EXPECT_FALSE(fs::exists(file));
    }
}

TEST_F(StartCopyTest, ATruncatedOneIsPassedOver) {
    const std::string model = xai();
    const fs::path file = add(model);
    const std::string bytes = test::readBytes(file);
    for (const std::size_t size :
         {bytes.size() - 1, bytes.size() / 2, std::size_t{100}, std::size_t{0}}) {
        test::writeBytes(file, bytes.substr(0, size));
        expectPassedOver(model, "COPY-051");
    }
}

TEST_F(StartCopyTest, IsNotUsedWhereOthersMayWrite) {
    const std::string model = xai();
    const fs::path file = add(model);
    ASSERT_EQ(::chmod(file.c_str(), 0666), 0);
    expectPassedOver(model, "written by others");
    ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
    EXPECT_TRUE(load(model).fromStartCopy);
    const fs::path elsewhere = scratch_.path() / "elsewhere";
    fs::rename(file, elsewhere);
    fs::create_symlink(elsewhere, file);
    expectPassedOver(model, "symbolic link");
}

TEST_F(StartCopyTest, StoppedItLeavesNothing) {
    const std::string model = xai();
    std::stop_source stop;
    const auto weights = fresh(model);
    const auto stopNow = [&](const LoadProgress&) { stop.request_stop(); };
    EXPECT_FALSE(addStartCopy(folder_, *openModel(model), *weights, stopNow, stop.get_token()));
    EXPECT_TRUE(fs::is_empty(folder_));
    add(model);
    const LoadedWeights loaded =
        loadWeights(*openModel(model), {.startCopies = folder_}, stopNow, stop.get_token());
    EXPECT_FALSE(loaded.weights);
    EXPECT_EQ(loaded.note, "");
    EXPECT_EQ(listStartCopies(folder_).size(), 1U);
}

/// Each either makes it or is told that another does, and what is there is whole.
TEST_F(StartCopyTest, SeveralMakeItAtOnceWithoutHarm) {
    const std::string model = gguf({.matrices = DType::Q8_0});
    const auto weights = fresh(model);
    const fs::path file = add(model);
    const LoadedWeights inUse = load(model);
    std::atomic<int> made = 0;
    {
        std::vector<std::jthread> writers;
        for (int writer = 0; writer < 4; ++writer)
            writers.emplace_back([&] {
                for (int round = 0; round < 25; ++round) {
                    try {
                        addStartCopy(folder_, *openModel(model), *weights, {}, {});
                        ++made;
                    } catch (const Error& error) {
                        EXPECT_EQ(error.kind(), ErrorKind::BadUsage) << error.what();
                        EXPECT_THAT(error.what(), HasSubstr("another process"));
                    }
                }
            });
    }
    EXPECT_GE(made, 1);
    EXPECT_EQ(listStartCopies(folder_).size(), 1U);
    EXPECT_EQ(verifyStartCopy(file, 2, {}, {}), LoadOutcome::Done);
    expectEqual(*inUse.weights, *weights);  // nobody wrote into the file that was there before
    EXPECT_TRUE(load(model).fromStartCopy);
}

TEST_F(StartCopyTest, AFullDiskLeavesTheOldOne) {
    const std::string model = gguf({.matrices = DType::Q8_0});
    const auto weights = fresh(model);
    const auto expectRefusal = [&](const LoadProgressCallback& progress, const char* what) {
        try {
            addStartCopy(folder_, *openModel(model), *weights, progress, {});
            ADD_FAILURE() << what;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::DeviceFault);
            EXPECT_THAT(error.what(), HasSubstr(what));
        }
    };
    {
        const FileLimit limit(1 << 20);
        expectRefusal({}, "cannot be made");
    }
    EXPECT_TRUE(fs::is_empty(folder_));
    const fs::path file = add(model);
    std::optional<FileLimit> limit;  // while it is being written
    expectRefusal([&](const LoadProgress&) { limit.emplace(std::uint64_t{2} << 20); }, "failed");
    limit.reset();
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
    EXPECT_TRUE(load(model).fromStartCopy);
}

TEST_F(StartCopyTest, LeavesRoomOnTheDisk) {
    constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
    requireRoom("/cache", "a start copy", 5 * kGiB, 6 * kGiB);
    try {
        requireRoom("/cache", "a start copy", 5 * kGiB, 6 * kGiB - 1);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::DeviceFault);
        EXPECT_THAT(error.what(), testing::StartsWith("/cache: a start copy takes"));
    }
    EXPECT_THROW(requireRoom("/cache", "a start copy", ~std::uint64_t{0}, kGiB), Error);
}

TEST_F(StartCopyTest, StaysInUseWhenItIsRemoved) {
    const std::string model = xai();
    const fs::path file = add(model);
    const LoadedWeights loaded = load(model);
    ASSERT_TRUE(loaded.fromStartCopy);
    const auto before = copyOf(bytesOf(*fresh(model), tensorSlots(test::tinyConfig())[0]).data);
    fs::remove(file);
    EXPECT_EQ(copyOf(bytesOf(*loaded.weights, tensorSlots(test::tinyConfig())[0]).data), before);
}

TEST_F(StartCopyTest, NeedsAModelOfFilesAndAPlace) {
    const auto synthetic = openModel("synthetic:grok-1-tiny");
    const auto weights = fresh(xai());
    EXPECT_THROW(addStartCopy(folder_, *synthetic, *weights, {}, {}), Error);
    EXPECT_THROW(addStartCopy({}, *openModel(xai()), *weights, {}, {}), Error);
    EXPECT_FALSE(findStartCopy(folder_, *synthetic));
    test::writeBytes(scratch_.path() / "file", "x");
    EXPECT_THROW(addStartCopy(scratch_.path() / "file", *openModel(xai()), *weights, {}, {}),
                 Error);
}

TEST(StartCopyFolder, FollowsTheEnvironment) {
    ::setenv("XDG_CACHE_HOME", "/a/cache", 1);
    EXPECT_EQ(startCopyFolder(), "/a/cache/gatescope/start-copies");
    ::setenv("XDG_CACHE_HOME", "relative", 1);
    ::setenv("HOME", "/home/somebody", 1);
    EXPECT_EQ(startCopyFolder(), "/home/somebody/.cache/gatescope/start-copies");
    ::unsetenv("HOME");
    EXPECT_EQ(startCopyFolder(), "");
}

}  // namespace
}  // namespace gatescope
