#include "app/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <utility>

#include "engine/error.h"

namespace gatescope {

CommandOption CommandOption::several() {
    option_->allow_extra_args(true);
    return *this;
}

CommandOption CommandOption::required() {
    option_->required();
    return *this;
}

CommandOption CommandOption::showDefault() {
    option_->capture_default_str();
    return *this;
}

CommandOption CommandOption::showAs(const std::string& text) {
    option_->option_text(text);
    return *this;
}

CommandOption CommandOption::oneOf(std::initializer_list<const char*> names) {
    option_->check(CLI::IsMember(std::vector<std::string>(names.begin(), names.end())));
    return *this;
}

CommandOption CommandOption::between(int least, int most) {
    option_->check(CLI::Range(least, most));
    return *this;
}

CommandOption CommandOption::wholeNumber() {
    option_->check([](const std::string& text) {
        std::uint64_t value = 0;
        const char* const end = text.data() + text.size();
        const auto [next, error] = std::from_chars(text.data(), end, value);
        if (error == std::errc() && next == end) return std::string();
        return fmt::format("{} is no whole number from 0 to 2^64 - 1", text);
    });
    return *this;
}

Command Command::subcommand(const std::string& name, const std::string& description) {
    return Command(*app_->add_subcommand(name, description));
}

void Command::requireSubcommand() {
    app_->require_subcommand(1);
}

void Command::footer(const std::string& text) {
    app_->footer(text);
}

CommandOption Command::option(const std::string& names,
                              std::string& value,
                              const std::string& help) {
    return CommandOption(*app_->add_option(names, value, help));
}

CommandOption Command::option(const std::string& names,
                              std::optional<std::string>& value,
                              const std::string& help) {
    return CommandOption(*app_->add_option(names, value, help));
}

CommandOption Command::option(const std::string& names, int& value, const std::string& help) {
    return CommandOption(*app_->add_option(names, value, help));
}

CommandOption Command::option(const std::string& names, float& value, const std::string& help) {
    return CommandOption(*app_->add_option(names, value, help));
}

CommandOption Command::option(const std::string& names,
                              std::uint64_t& value,
                              const std::string& help) {
    return CommandOption(*app_->add_option(names, value, help));
}

CommandOption Command::option(const std::string& names,
                              std::vector<std::string>& value,
                              const std::string& help) {
    return CommandOption(*app_->add_option(names, value, help)->allow_extra_args(false));
}

void Command::flag(const std::string& name, bool& value, const std::string& help) {
    app_->add_flag(name, value, help);
}

bool Command::given(const std::string& name) const {
    return app_->count(name) > 0;
}

void Command::whenChosen(std::function<void()> action) {
    app_->callback(std::move(action));
}

CommandLine::CommandLine(const std::string& description,
                         const std::string& program,
                         const std::string& version)
    : app_(std::make_unique<CLI::App>(description, program)) {
    app_->set_version_flag("--version", fmt::format("{} {}", program, version));
}

CommandLine::~CommandLine() = default;

Command CommandLine::root() {
    return Command(*app_);
}

std::optional<int> CommandLine::parse(int argc, const char* const* argv) {
    try {
        app_->parse(argc, argv);
    } catch (const CLI::Success& asked) {  // --help, --version
        return app_->exit(asked);
    } catch (const CLI::ParseError& error) {
        throw Error(ErrorKind::BadUsage, error.what());
    }
    return std::nullopt;
}

}  // namespace gatescope
