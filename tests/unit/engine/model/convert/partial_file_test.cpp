#include "engine/model/convert/partial_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <memory>

#include "engine/error.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::uint64_t kTotal = 96;

class PartialFileTest : public testing::Test {
  protected:
    PartialFile open(const std::string& header = "the header......") const {
        return {out_, header, kTotal, {{16, 32}, {48, 16}, {64, 32}}};
    }
    std::unique_ptr<PartialFile> opened() const {
        return std::unique_ptr<PartialFile>(
            new PartialFile(out_, "the header......", kTotal, {{16, 32}, {48, 16}, {64, 32}}));
    }
    static std::string section(std::size_t index) {
        return std::string(index == 1 ? 16 : 32, static_cast<char>('a' + index));
    }
    static void writeSection(PartialFile& file, std::size_t index) {
        constexpr std::uint64_t kOffsets[] = {16, 48, 64};
        const std::string text = section(index);
        const auto bytes = std::as_bytes(std::span(text));
        file.write(kOffsets[index], bytes);
        file.finish({.crc = crc32Of(bytes),
                     .squaredError = 0.1 * static_cast<double>(index),
                     .squaredWeights = 1e300});
    }
    std::string whole() const { return "the header......" + section(0) + section(1) + section(2); }

    static void flip(const fs::path& file, std::size_t byte) {
        std::string bytes = test::readBytes(file);
        bytes.at(byte) = static_cast<char>(bytes.at(byte) ^ 1);
        test::writeBytes(file, bytes);
    }

    test::ScratchDir scratch_;
    fs::path out_ = scratch_.path() / "model.gguf";
    fs::path part_ = scratch_.path() / "model.gguf.partial";
    fs::path log_ = scratch_.path() / "model.gguf.partial.log";
};

TEST_F(PartialFileTest, AppearsWholeAndLeavesNothingElse) {
    test::writeBytes(out_, "an older conversion");
    {
        PartialFile file = open();
        EXPECT_EQ(file.numFinished(), 0U);
        for (std::size_t i = 0; i < 3; ++i) {
            writeSection(file, i);
            EXPECT_EQ(test::readBytes(out_), "an older conversion");
        }
        file.complete();
    }
    EXPECT_EQ(test::readBytes(out_), whole());
    EXPECT_FALSE(fs::exists(part_));
    EXPECT_FALSE(fs::exists(log_));
}

TEST_F(PartialFileTest, GoesOnBehindTheLastFinishedSection) {
    {
        PartialFile file = open();
        writeSection(file, 0);
        writeSection(file, 1);
        file.write(64, std::as_bytes(std::span("half", 4)));
    }
    PartialFile file = open();
    ASSERT_EQ(file.numFinished(), 2U);
    EXPECT_EQ(file.finished(1).squaredError, 0.1);
    EXPECT_EQ(file.finished(1).squaredWeights, 1e300);
    writeSection(file, 2);
    file.complete();
    EXPECT_EQ(test::readBytes(out_), whole());
}

TEST_F(PartialFileTest, SurvivesAnEndOfItsProcessAtEveryByteOfTheJournal) {
    {
        PartialFile file = open();
        for (std::size_t i = 0; i < 3; ++i) writeSection(file, i);
    }
    const std::string journal = test::readBytes(log_);
    const std::string data = test::readBytes(part_);
    const std::size_t title = journal.find('\n') + 1;
    for (std::size_t length = 0; length <= journal.size(); ++length) {
        test::writeBytes(log_, journal.substr(0, length));
        test::writeBytes(part_, data);
        const auto lines = static_cast<std::size_t>(std::count(
            journal.begin(), journal.begin() + static_cast<std::ptrdiff_t>(length), '\n'));
        PartialFile file = open();
        ASSERT_EQ(file.numFinished(), length < title ? 0 : lines - 1) << "journal of " << length;
        for (std::size_t i = file.numFinished(); i < 3; ++i) writeSection(file, i);
        file.complete();
        ASSERT_EQ(test::readBytes(out_), whole());
    }
}

TEST_F(PartialFileTest, WritesASectionAgainThatDoesNotReadBackAsItWasWritten) {
    for (const auto& [byte, kept] :
         {std::pair<std::size_t, std::size_t>{20, 0}, {50, 1}, {95, 2}}) {
        {
            PartialFile file = open();
            for (std::size_t i = file.numFinished(); i < 3; ++i) writeSection(file, i);
        }
        flip(part_, byte);
        PartialFile file = open();
        EXPECT_EQ(file.numFinished(), kept) << "byte " << byte;
    }
}

TEST_F(PartialFileTest, BeginsAnewForAnotherConversion) {
    {
        PartialFile file = open();
        writeSection(file, 0);
    }
    EXPECT_EQ(open("another header..").numFinished(), 0U);
    {
        PartialFile file = open();
        writeSection(file, 0);
    }
    fs::resize_file(part_, kTotal - 1);
    EXPECT_EQ(open().numFinished(), 0U);
    {
        PartialFile file = open();
        writeSection(file, 0);
    }
    const PartialFile otherSections(out_, "the header......", kTotal, {{16, 48}, {64, 32}});
    EXPECT_EQ(otherSections.numFinished(), 0U);
}

TEST_F(PartialFileTest, RefusesASecondWriter) {
    const PartialFile file = open();
    try {
        (void)opened();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
        EXPECT_THAT(error.what(), HasSubstr("another process"));
    }
}

TEST_F(PartialFileTest, IsRemovedUnlessSomebodyIsAtIt) {
    removeUnfinished(out_);  // there is none
    {
        const auto file = opened();
        writeSection(*file, 0);
        removeUnfinished(out_);
        EXPECT_TRUE(fs::exists(part_));
        EXPECT_TRUE(fs::exists(log_));
    }
    removeUnfinished(out_);
    EXPECT_TRUE(fs::is_empty(scratch_.path()));
}

TEST_F(PartialFileTest, GivesNoNameToAFileThatDoesNotReadBack) {
    PartialFile file = open();
    for (std::size_t i = 0; i < 3; ++i) writeSection(file, i);
    flip(part_, 70);
    try {
        file.complete();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::DeviceFault);
        EXPECT_THAT(error.what(), HasSubstr("section 2 (byte 64)"));
    }
    EXPECT_FALSE(fs::exists(out_));
}

TEST_F(PartialFileTest, NamesTheFolderThatIsNotThere) {
    try {
        const PartialFile file(scratch_.path() / "absent/m.gguf", "h", 1, {});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::DeviceFault);
        EXPECT_THAT(error.what(), HasSubstr("absent/m.gguf.partial"));
    }
}

/// In a process of its own, because the limit cannot be taken back.
template <class Body>
std::string whatFailsUnderAFileLimit(rlim_t bytes, const Body& body) {
    int pipe[2];
    EXPECT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{.rlim_cur = bytes, .rlim_max = bytes};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        std::string said = "nothing failed";
        try {
            body();
        } catch (const Error& error) {
            said = error.what();
        }
        const ssize_t wrote = ::write(pipe[1], said.data(), said.size());
        ::_exit(wrote < 0 ? 1 : 0);
    }
    ::close(pipe[1]);
    std::string said(4096, '\0');
    const ssize_t got = ::read(pipe[0], said.data(), said.size());
    ::close(pipe[0]);
    ::waitpid(child, nullptr, 0);
    said.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return said;
}

TEST_F(PartialFileTest, SaysWhenTheDiskTakesNoMoreAndGoesOnWhenItDoes) {
    constexpr std::uint64_t kLong = 4096;
    const std::vector<FileSection> sections{{16, 2000}, {2016, 2080}};
    const std::vector<std::byte> bytes(2080, std::byte{7});
    const auto first = std::span(bytes).first(2000);
    {
        PartialFile file(out_, "the header......", kLong, sections);
        file.write(16, first);
        file.finish({.crc = crc32Of(first)});
    }
    const auto writeSecond = [&] {
        PartialFile file(out_, "the header......", kLong, sections);
        file.write(2016, bytes);
    };
    EXPECT_THAT(whatFailsUnderAFileLimit(3000, writeSecond),
                testing::AllOf(HasSubstr("model.gguf.partial: writing"),
                               HasSubstr("at byte 3000 failed: File too large")));
    PartialFile file(out_, "the header......", kLong, sections);
    EXPECT_EQ(file.numFinished(), 1U);
}

TEST(Crc32Test, IsZlibsAndCanBeJoined) {
    const std::string text = "123456789";  // the standard's check value
    const auto bytes = std::as_bytes(std::span(text));
    EXPECT_EQ(crc32Of(bytes), 0xcbf43926U);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        EXPECT_EQ(crc32Of(bytes.subspan(cut), crc32Of(bytes.first(cut))), 0xcbf43926U);
        EXPECT_EQ(combineCrc32(
                      crc32Of(bytes.first(cut)), crc32Of(bytes.subspan(cut)), bytes.size() - cut),
                  0xcbf43926U);
    }
}

}  // namespace
}  // namespace gatescope
