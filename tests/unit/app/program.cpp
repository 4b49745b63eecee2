#include "tests/unit/app/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "tests/support/test_paths.h"

namespace gatescope::test {
namespace {

using Clock = std::chrono::steady_clock;

void closeAll(std::initializer_list<int> descriptors) {
    for (const int descriptor : descriptors)
        if (descriptor >= 0) close(descriptor);
}

/// What chats learn (docs/offload.md) is not for the profile of whoever runs the tests.
void useOwnProfile() {
    static const ScratchDir profile;
    setenv("XDG_DATA_HOME", profile.path().c_str(), 1);
}

}  // namespace

nlohmann::json Outcome::json() const {
    // What stands behind the document makes it invalid too.
    auto document = nlohmann::json::parse(out, nullptr, false);
    EXPECT_FALSE(document.is_discarded()) << out << err;
    return document;
}

RunningCli::RunningCli(const std::vector<std::string>& arguments) {
    std::array<int, 2> in{}, out{}, err{};
    if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0 ||
        pipe2(err.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("no pipes");
    useOwnProfile();
    std::string program = GATESCOPE_BINARY_DIR "/bin/gatescope-cli";
    std::vector<std::string> copies = arguments;
    std::vector<char*> words{program.data()};
    for (auto& word : copies) words.push_back(word.data());
    words.push_back(nullptr);
    process_ = fork();
    if (process_ == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        execv(program.c_str(), words.data());
        _exit(127);
    }
    closeAll({in[0], out[1], err[1]});
    in_ = in[1];
    out_ = out[0];
    err_ = err[0];
    signal(SIGPIPE, SIG_IGN);  // a program that ends early must not end the test
}

RunningCli::~RunningCli() {
    if (process_ > 0) {
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
    }
    closeAll({in_, out_, err_});
}

void RunningCli::write(const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t count = ::write(in_, text.data() + done, text.size() - done);
        if (count <= 0) return;  // the program has ended: its outcome tells
        done += static_cast<std::size_t>(count);
    }
}

void RunningCli::closeInput() {
    closeAll({std::exchange(in_, -1)});
}

/// False once both streams have ended.
bool RunningCli::readSome(int timeoutMs) {
    std::array<pollfd, 2> streams{pollfd{.fd = out_, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = err_, .events = POLLIN, .revents = 0}};
    if (poll(streams.data(), streams.size(), timeoutMs) <= 0) return out_ >= 0 || err_ >= 0;
    const auto take = [](const pollfd& stream, int& descriptor, std::string& text) {
        if (stream.revents == 0) return;
        std::array<char, 65536> chunk;
        const ssize_t count = read(descriptor, chunk.data(), chunk.size());
        if (count > 0)
            text.append(chunk.data(), static_cast<std::size_t>(count));
        else
            closeAll({std::exchange(descriptor, -1)});
    };
    take(streams[0], out_, outcome_.out);
    take(streams[1], err_, outcome_.err);
    return out_ >= 0 || err_ >= 0;
}

bool RunningCli::waitForOutput(const std::string& text) {
    return waitUntil([&] { return outcome_.out.find(text) != std::string::npos; });
}

bool RunningCli::waitUntil(const std::function<bool()>& holds) {
    const auto end = Clock::now() + std::chrono::seconds(60);
    while (!holds())
        if (!readSome(50) || Clock::now() > end) return false;
    return true;
}

/// Has the program got as far as taking SIGINT into its own hands? Before that it would just die.
bool RunningCli::hearsInterrupts() const {
    std::ifstream status("/proc/" + std::to_string(process_) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("SigBlk:"))
            return (std::stoull(line.substr(7), nullptr, 16) >> (SIGINT - 1) & 1) != 0;
    return true;  // it has ended
}

Outcome RunningCli::interrupt() {
    while (!hearsInterrupts()) readSome(5);
    kill(process_, SIGINT);
    return finish();
}

Outcome RunningCli::finish() {
    const auto end = Clock::now() + std::chrono::seconds(120);
    while (readSome(100)) {
        if (Clock::now() < end) continue;
        ADD_FAILURE() << "gatescope-cli did not end; it said: " << outcome_.out << outcome_.err;
        kill(process_, SIGKILL);
    }
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = -1;
    outcome_.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return outcome_;
}

Outcome runCli(const std::vector<std::string>& arguments, const std::string& input) {
    RunningCli program(arguments);
    program.write(input);
    program.closeInput();
    return program.finish();
}

void expectRefusal(const Outcome& outcome, int status, const std::vector<std::string>& parts) {
    EXPECT_EQ(outcome.status, status) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(outcome.err.starts_with("error: ")) << outcome.err;
    EXPECT_EQ(outcome.err.find('\n'), outcome.err.size() - 1) << outcome.err;
    for (const auto& part : parts)
        EXPECT_NE(outcome.err.find(part), std::string::npos)
            << "no '" << part << "' in: " << outcome.err;
}

std::string tinyA() {
    return (dataDir() / "tiny-a").string();
}

std::string demoModel() {
    return (dataDir().parent_path().parent_path() / "resources" / "demo" / "model").string();
}

}  // namespace gatescope::test
