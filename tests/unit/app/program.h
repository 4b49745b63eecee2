#pragma once

#include <sys/types.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace gatescope::test {

/// What a run of gatescope-cli left.
struct Outcome {
    int status = -1;  ///< exit status, or -signal
    std::string out;
    std::string err;

    /// The one JSON document on standard output; fails the test if there is anything else.
    nlohmann::json json() const;
};

/// Runs the gatescope-cli of this build and waits for its end (at most 120 s, then it is killed and
/// the test fails).
Outcome runCli(const std::vector<std::string>& arguments, const std::string& input = {});

/// One that goes on, to be interrupted. Its standard input stays open.
class RunningCli {
  public:
    explicit RunningCli(const std::vector<std::string>& arguments);
    ~RunningCli();
    RunningCli(const RunningCli&) = delete;
    RunningCli& operator=(const RunningCli&) = delete;

    void write(const std::string& text);
    void closeInput();
    /// Waits until standard output holds `text`; false after 60 s or at the program's end.
    bool waitForOutput(const std::string& text);
    /// The same for anything else that can be seen from outside.
    bool waitUntil(const std::function<bool()>& holds);
    /// Sends SIGINT and waits for the end.
    Outcome interrupt();
    Outcome finish();

  private:
    bool readSome(int timeoutMs);
    bool hearsInterrupts() const;

    pid_t process_ = -1;
    int in_ = -1;
    int out_ = -1;
    int err_ = -1;
    Outcome outcome_;
};

/// Fails the test unless `outcome` is a refusal as the contract wants it: this status, nothing on
/// standard output, one line `error: ...` that holds every one of `parts`.
void expectRefusal(const Outcome& outcome, int status, const std::vector<std::string>& parts);

/// The path of the golden model that is part of the sources.
std::string tinyA();
/// The bundled model.
std::string demoModel();

}  // namespace gatescope::test
