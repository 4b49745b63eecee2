#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace gatescope {

/// One option of a command. A handle: copied freely, valid as long as its CommandLine.
class CommandOption {
  public:
    explicit CommandOption(CLI::Option& option) : option_(&option) {}

    CommandOption required();
    CommandOption several();                        ///< texts that follow one another, as FILE...
    CommandOption showDefault();                    ///< --help says what it is when left out
    CommandOption showAs(const std::string& text);  ///< --help says this in place of the type
    CommandOption oneOf(std::initializer_list<const char*> names);
    CommandOption between(int least, int most);
    /// 0 to 2^64 - 1 and nothing else: CLI11 takes "-1" and what does not fit for the largest
    /// number.
    CommandOption wholeNumber();

  private:
    CLI::Option* option_;
};

/// A program's command line, or a subcommand's part of it. A handle like CommandOption.
/// CLI11 does the work; its header takes longer to compile than any file here, so one file alone
/// reads it.
class Command {
  public:
    explicit Command(CLI::App& app) : app_(&app) {}

    Command subcommand(const std::string& name, const std::string& description);
    void requireSubcommand();
    void footer(const std::string& text);  ///< the last line of --help

    /// `names` as "-n,--name", or without dashes for what stands alone. `value` must outlive the
    /// parsing.
    CommandOption option(const std::string& names,
                         std::string& value,
                         const std::string& help = {});
    CommandOption option(const std::string& names,
                         std::optional<std::string>& value,
                         const std::string& help);
    CommandOption option(const std::string& names, int& value, const std::string& help);
    CommandOption option(const std::string& names, float& value, const std::string& help);
    CommandOption option(const std::string& names, std::uint64_t& value, const std::string& help);
    /// May be given several times, with one text each time.
    CommandOption option(const std::string& names,
                         std::vector<std::string>& value,
                         const std::string& help);
    void flag(const std::string& name, bool& value, const std::string& help);

    bool given(const std::string& name) const;      ///< after parsing
    void whenChosen(std::function<void()> action);  ///< called by the parsing

  private:
    CLI::App* app_;
};

/// The whole of a program's.
class CommandLine {
  public:
    CommandLine(const std::string& description,
                const std::string& program,
                const std::string& version);
    ~CommandLine();

    Command root();
    /// What the program is to end with at once, --help and --version having been printed; else
    /// nothing. Throws Error(BadUsage) with CLI11's sentence.
    std::optional<int> parse(int argc, const char* const* argv);

  private:
    std::unique_ptr<CLI::App> app_;
};

}  // namespace gatescope
