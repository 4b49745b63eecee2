#include "engine/model/convert/quantised_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <cstring>

#include "engine/error.h"
#include "engine/model/convert/tensor_rows.h"
#include "engine/model/gguf/gguf_file.h"
#include "engine/model/open_model.h"
#include "kernels/quant/block_codec.h"
#include "kernels/quant/float_types.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kNumTensors = 2 + 2 * 12;
constexpr std::size_t kGroup = 32;

/// Passes everything on, counts what is read, and asks to stop when read number `stopAt` begins.
class WatchedSource : public ModelSource {
  public:
    explicit WatchedSource(const ModelSource& source, int stopAt = -1)
        : source_(source), stopAt_(stopAt) {}
    std::stop_token token() const { return stop_.get_token(); }
    int reads() const { return reads_; }

    const ModelConfig& config() const override { return source_.config(); }
    const std::vector<TensorInfo>& tensors() const override { return source_.tensors(); }
    std::string format() const override { return source_.format(); }
    std::string name() const override { return source_.name(); }
    SourceIdentity identity() const override { return source_.identity(); }
    std::shared_ptr<const Tokenizer> tokenizer() const override { return source_.tokenizer(); }
    std::string tokenizerOrigin() const override { return source_.tokenizerOrigin(); }
    const std::vector<TensorLayout>& layouts() const override { return source_.layouts(); }
    LoadOutcome readTensor(std::size_t tensor,
                           const TensorMemory& memory,
                           const std::stop_token& stop) const override {
        if (reads_++ == stopAt_) stop_.request_stop();
        return source_.readTensor(tensor, memory, stop);
    }
    LoadOutcome visitValues(std::size_t tensor,
                            const ValueVisitor& visit,
                            const std::stop_token& stop) const override {
        ++reads_;
        return source_.visitValues(tensor, visit, stop);
    }
    std::shared_ptr<ModelWeights> load(const LoadProgressCallback& progress,
                                       std::stop_token stop) const override {
        ++reads_;
        return source_.load(progress, stop);
    }

  private:
    const ModelSource& source_;
    int stopAt_;
    mutable int reads_ = 0;
    mutable std::stop_source stop_;
};

/// No file of this process grows beyond so many bytes: a disk that is full.
class WriteLimit {
  public:
    explicit WriteLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~WriteLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        (void)std::signal(SIGXFSZ, handler_);
    }
    WriteLimit(const WriteLimit&) = delete;
    WriteLimit& operator=(const WriteLimit&) = delete;

  private:
    rlimit before_{};
    void (*handler_)(int);
};

class QuantisedCopyTest : public testing::Test {
  protected:
    QuantisedCopyTest() { writeModel(7); }

    void writeModel(std::uint64_t seed) const {
        ModelConfig config = test::tinyConfig();
        config.vocabSize = 512;  // tiny-a's tokenizer
        fs::remove_all(model_);
        test::writeTinyCheckpoint(model_, config, seed);
    }
    std::unique_ptr<ModelSource> source() const { return openModel(model_.string()); }
    QuantiseRequest request(int threads = 2) const {
        return {.folder = folder_, .numThreads = threads};
    }
    QuantisedCopy open(const ModelSource& source, int threads = 2) const {
        return openQuantised(source, request(threads), quiet(), {});
    }
    static QuantiseProgress quiet() {
        return {[](const LoadProgress&) {}, [](const LoadProgress&) {}};
    }
    fs::path file() const { return quantisedFile(request(), fs::canonical(model_).string()); }
    /// The copy of the model as it is now, made in an empty folder.
    std::string freshBytes() const {
        fs::remove_all(folder_);
        EXPECT_TRUE(open(*source()).made);
        return test::readBytes(file());
    }
    void flip(std::uint64_t byte) const {
        std::string bytes = test::readBytes(file());
        bytes.at(byte) = static_cast<char>(bytes.at(byte) ^ 1);
        test::writeBytes(file(), bytes);
    }
    GgufFile parsed() const {
        const std::string bytes = test::readBytes(file());
        const ByteSource whole{.size = bytes.size(),
                               .read = [&](std::uint64_t offset, std::span<std::byte> out) {
                                   std::memcpy(out.data(), bytes.data() + offset, out.size());
                               }};
        return parseGguf(whole, "copy");
    }

    test::ScratchDir scratch_;
    fs::path model_ = scratch_.path() / "tiny model";
    fs::path folder_ = scratch_.path() / "cache" / "quantised";
};

/// Parameter `index` of a source, dequantised, row by row.
std::vector<float> weightsOf(const ModelSource& source, std::size_t index) {
    const TensorLayout& layout = source.layouts()[index];
    std::vector<std::byte> data(layout.dataBytes());
    std::vector<std::uint16_t> scales(layout.scaleBytes() / 2);
    const TensorMemory memory{.data = data.data(),
                              .scales = layout.numGroups > 0 ? scales.data() : nullptr};
    EXPECT_EQ(source.readTensor(index, memory, {}), LoadOutcome::Done);
    const RowShape shape = rowShapeOf(layout.slot);
    std::vector<float> out(shape.numElements());
    for (std::int64_t m = 0; m < shape.numMatrices; ++m)
        copyRows(layout,
                 memory,
                 {.matrix = m, .numRows = shape.numRows},
                 out.data() + m * shape.numRows * shape.numColumns);
    return out;
}

double squaredErrorAt(std::span<const float> group, float scale) {
    double sum = 0;
    for (const float x : group) {
        const float steps = scale == 0 ? 0 : std::clamp(std::round(x / scale), -8.0F, 7.0F);
        sum += std::pow(static_cast<double>(x) - static_cast<double>(scale * steps), 2);
    }
    return sum;
}

float asStored(float scale) {
    return kernels::halfToFloat(kernels::floatToHalf(scale));
}

/// llama.cpp's rule: the value of largest magnitude becomes -8.
double plainError(std::span<const float> group) {
    float largest = 0;
    for (const float x : group)
        if (std::abs(x) > std::abs(largest)) largest = x;
    return squaredErrorAt(group, asStored(largest / -8));
}

/// The best of 1000 scales of either sign.
double searchedError(std::span<const float> group) {
    float largest = 0;
    for (const float x : group) largest = std::max(largest, std::abs(x));
    double best = squaredErrorAt(group, 0);
    for (int step = 1; step <= 500; ++step)
        for (const float sign : {-1.0F, 1.0F}) {
            const float scale = sign * largest / 4 * static_cast<float>(step) / 500;
            best = std::min(best, squaredErrorAt(group, asStored(scale)));
        }
    return best;
}

TEST_F(QuantisedCopyTest, EveryGroupIsNearlyAsCloseAsAnyScaleMakesIt) {
    const auto before = source();
    ASSERT_TRUE(open(*before).made);
    const auto after = openModel(file().string());
    EXPECT_EQ(after->config(), before->config());
    double ours = 0;
    double best = 0;
    double plain = 0;
    std::size_t numGroups = 0;
    for (std::size_t i = 0; i < before->layouts().size(); ++i) {
        const TensorSlot& slot = before->layouts()[i].slot;
        ASSERT_EQ(after->layouts()[i].slot.role, slot.role);
        const std::vector<float> was = weightsOf(*before, i);
        const std::vector<float> is = weightsOf(*after, i);
        ASSERT_EQ(was.size(), is.size());
        if (!slot.isMatrix()) continue;
        ASSERT_EQ(after->layouts()[i].dtype, DType::Q4_0);
        for (std::size_t first = 0; first < was.size(); first += kGroup) {
            const auto group = std::span(was).subspan(first, kGroup);
            double error = 0;
            for (std::size_t k = 0; k < kGroup; ++k)
                error +=
                    std::pow(static_cast<double>(group[k]) - static_cast<double>(is[first + k]), 2);
            const double limit = plainError(group);
            // Never worse than without a search; products of f32 are rounded in other orders.
            ASSERT_LE(error, limit * 1.0001 + 1e-12) << "tensor " << i << " at " << first;
            ours += error;
            plain += limit;
            if (numGroups++ % 32 == 0) {
                const double reachable = searchedError(group);
                ASSERT_LE(error, reachable * 1.15 + 1e-12) << "tensor " << i << " at " << first;
                best += reachable;
            } else {
                best += error;
            }
        }
    }
    EXPECT_GT(numGroups, 1000U);
    EXPECT_LT(ours, 0.92 * plain);
    EXPECT_LT(ours, 1.01 * best);
}

TEST_F(QuantisedCopyTest, TheSecondStartReadsNoWeightOfTheModel) {
    const auto model = source();
    const WatchedSource first(*model);
    const QuantisedCopy made = open(first);
    EXPECT_TRUE(made.made);
    EXPECT_EQ(first.reads(), kNumTensors);
    EXPECT_EQ(made.file, file());
    EXPECT_EQ(made.file.filename(), "tiny_model-int4.gguf");
    EXPECT_THAT(made.notes, IsEmpty());
    EXPECT_EQ(made.report.bytes, fs::file_size(file()));
    const std::string bytes = test::readBytes(file());

    const WatchedSource second(*model);
    std::uint64_t checked = 0;
    const QuantisedCopy found =
        openQuantised(second,
                      request(),
                      {[&](const LoadProgress& progress) { checked = progress.bytesDone; },
                       [](const LoadProgress&) { ADD_FAILURE() << "made again"; }},
                      {});
    EXPECT_FALSE(found.made);
    EXPECT_EQ(found.file, file());
    EXPECT_THAT(found.notes, IsEmpty());
    EXPECT_EQ(second.reads(), 0);
    EXPECT_GT(checked, bytes.size() * 9 / 10);
    EXPECT_EQ(test::readBytes(file()), bytes);
    EXPECT_THAT(openModel(file().string())->remarks(), IsEmpty());
}

TEST_F(QuantisedCopyTest, IsTheSameOnAnyNumberOfThreads) {
    const std::string two = freshBytes();
    for (const int threads : {1, 3, 16}) {
        fs::remove(file());
        EXPECT_TRUE(open(*source(), threads).made);
        EXPECT_TRUE(test::readBytes(file()) == two) << threads;
    }
}

TEST_F(QuantisedCopyTest, GoesOnAfterAStopAnywhere) {
    const std::string whole = freshBytes();
    const auto model = source();
    for (int at = 0; at < kNumTensors; ++at) {
        fs::remove(file());
        const WatchedSource stopping(*model, at);
        const QuantisedCopy stopped = openQuantised(stopping, request(), quiet(), stopping.token());
        ASSERT_EQ(stopped.outcome, LoadOutcome::Stopped);
        EXPECT_TRUE(stopped.file.empty());
        EXPECT_FALSE(fs::exists(file()));
        const QuantisedCopy made = open(*model);
        EXPECT_EQ(made.report.numKept, static_cast<std::size_t>(at));
        ASSERT_TRUE(test::readBytes(file()) == whole) << "stopped at " << at;
    }
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(openQuantised(*model, request(), quiet(), stop.get_token()).outcome,
              LoadOutcome::Stopped);
    EXPECT_TRUE(test::readBytes(file()) == whole);
}

TEST_F(QuantisedCopyTest, KeepsNothingOfAModelThatHasChanged) {
    ASSERT_TRUE(open(*source()).made);
    writeModel(8);
    const QuantisedCopy again = open(*source());
    EXPECT_TRUE(again.made);
    EXPECT_THAT(again.notes, ElementsAre(HasSubstr("made again: it is of another state")));
    const std::string bytes = test::readBytes(file());
    EXPECT_TRUE(bytes == freshBytes());

    // Half a copy, and then a change in what is converted already: the journal fits, the model
    // does not.
    fs::remove(file());
    {
        const auto model = source();
        const WatchedSource stopping(*model, 10);
        (void)openQuantised(stopping, request(), quiet(), stopping.token());
    }
    std::string embedding = test::readBytes(test::tensorFile(model_, 0));
    embedding.at(embedding.size() / 2) ^= 1;
    test::writeBytes(test::tensorFile(model_, 0), embedding);
    const QuantisedCopy rest = open(*source());
    EXPECT_EQ(rest.report.numKept, 0U);
    const std::string changed = test::readBytes(file());
    EXPECT_FALSE(changed == bytes);
    EXPECT_TRUE(changed == freshBytes());
}

TEST_F(QuantisedCopyTest, FindsDamageAndMakesItAgain) {
    const std::string whole = freshBytes();
    const GgufFile layout = parsed();
    const GgufTensor& last = layout.tensors.back();
    for (const auto& [byte, what] : {std::pair<std::uint64_t, const char*>{20, "header"},
                                     {layout.tensors[5].offset + 3, layout.tensors[5].name.c_str()},
                                     {last.end() - 1, last.name.c_str()},
                                     {whole.size() - 1, last.name.c_str()}}) {
        flip(byte);
        const QuantisedCopy again = open(*source());
        EXPECT_TRUE(again.made) << byte;
        EXPECT_THAT(again.notes,
                    ElementsAre(testing::AllOf(HasSubstr("The int4 copy of tiny model is made"),
                                               HasSubstr(what))));
        ASSERT_TRUE(test::readBytes(file()) == whole) << byte;
    }
    for (const std::uint64_t size :
         {std::uint64_t{0}, layout.dataOffset / 2, whole.size() - 1, whole.size() + 1}) {
        fs::resize_file(file(), size);
        EXPECT_THAT(open(*source()).notes, ElementsAre(HasSubstr("is made again"))) << size;
        ASSERT_TRUE(test::readBytes(file()) == whole) << size;
    }
    EXPECT_THAT(open(*source()).notes, IsEmpty());
}

TEST_F(QuantisedCopyTest, TrustsNoFileThatOthersMayWriteTo) {
    const std::string whole = freshBytes();
    fs::permissions(file(), fs::perms::others_write, fs::perm_options::add);
    EXPECT_THAT(open(*source()).notes, ElementsAre(HasSubstr("by others than you")));
    const fs::path elsewhere = scratch_.path() / "elsewhere.gguf";
    fs::rename(file(), elsewhere);
    fs::create_symlink(elsewhere, file());
    EXPECT_THAT(open(*source()).notes, ElementsAre(HasSubstr("is made again")));
    EXPECT_FALSE(fs::is_symlink(file()));
    EXPECT_TRUE(test::readBytes(file()) == whole);
    EXPECT_TRUE(test::readBytes(elsewhere) == whole);
    EXPECT_EQ(fs::status(file().parent_path()).permissions(), fs::perms::owner_all);
}

TEST_F(QuantisedCopyTest, AFullDiskLeavesTheModelAsItIs) {
    const std::string whole = freshBytes();
    fs::remove(file());
    {
        const WriteLimit limit(whole.size() / 2);
        const QuantisedCopy none = open(*source());
        EXPECT_EQ(none.outcome, LoadOutcome::Done);
        EXPECT_TRUE(none.file.empty());
        EXPECT_THAT(none.notes,
                    ElementsAre(testing::AllOf(HasSubstr("tiny model is loaded as it is"),
                                               HasSubstr("tiny_model-int4.gguf.partial"))));
        EXPECT_FALSE(fs::exists(file()));
    }
    EXPECT_TRUE(open(*source()).made);
    EXPECT_TRUE(test::readBytes(file()) == whole);

    fs::remove_all(folder_);
    test::writeBytes(folder_, "a file where the folder belongs");
    EXPECT_THAT(open(*source()).notes, ElementsAre(HasSubstr("cannot be made")));
}

TEST_F(QuantisedCopyTest, ASourceThatIsSmallAlreadyIsLeftAlone) {
    const fs::path small = scratch_.path() / "small.gguf";
    convertToGguf(*source(), small, {.type = DType::Q4_0}, [](const LoadProgress&) {}, {});
    const QuantisedCopy none = open(*openModel(small.string()));
    EXPECT_TRUE(none.file.empty());
    EXPECT_THAT(none.notes, ElementsAre(HasSubstr("would make it no smaller")));
    EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(QuantisedCopyTest, RefusesWhatHasNoFilesOrNoPlace) {
    EXPECT_THROW((void)open(*openModel("synthetic:grok-1-tiny")), Error);
    EXPECT_THROW((void)openQuantised(*source(), {.folder = {}}, quiet(), {}), Error);
}

TEST_F(QuantisedCopyTest, AreListedAndRemoved) {
    EXPECT_THAT(listQuantised(folder_), IsEmpty());
    ASSERT_TRUE(open(*source()).made);
    const auto model = source();
    const WatchedSource stopping(*model, 5);
    (void)openQuantised(stopping,
                        {.folder = folder_, .type = DType::Q8_0, .label = "q8_0"},
                        quiet(),
                        stopping.token());
    const auto copies = listQuantised(folder_);
    ASSERT_EQ(copies.size(), 2U);
    EXPECT_EQ(copies[0].file, file());
    EXPECT_EQ(copies[0].bytes, fs::file_size(file()));
    EXPECT_EQ(copies[0].location, fs::canonical(model_).string());
    EXPECT_EQ(copies[1].file.filename(), "tiny_model-q8_0.gguf.partial");
    EXPECT_EQ(copies[1].location, "");
    for (const QuantisedFile& copy : copies) removeQuantised(copy);
    EXPECT_TRUE(fs::is_empty(folder_));
}

}  // namespace
}  // namespace gatescope
