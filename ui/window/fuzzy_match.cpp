#include "ui/window/fuzzy_match.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace gatescope {
namespace {

constexpr int kLetter = 1;
constexpr int kWordStart = 8;
constexpr int kTextStart = 4;  ///< on top of a word start
constexpr int kRun = 6;        ///< right behind the letter before
constexpr int kGap = 1;        ///< a letter passed over
constexpr int kLeastPerLetter = 2;
constexpr int kMostText = 200;
constexpr int kMostWord = 50;
constexpr int kNever = std::numeric_limits<int>::min() / 2;

QChar folded(QChar c) {
    if (c.decompositionTag() == QChar::Canonical) c = c.decomposition().at(0);
    return c.toCaseFolded();
}

bool startsWord(const QString& text, int at) {
    if (at == 0) return true;
    const QChar before = text[at - 1];
    return !before.isLetterOrNumber() || (before.isLower() && text[at].isUpper());
}

int letterScore(const QString& text, int at) {
    return kLetter + (startsWord(text, at) ? kWordStart : 0) + (at == 0 ? kTextStart : 0);
}

/// The best way through: for each letter of the word and place in the text, the most that can be
/// had with that letter there, and where its predecessor was then.
class WordSearch {
  public:
    WordSearch(const QString& word, const QString& text)
        : letters_(std::min<int>(static_cast<int>(word.size()), kMostWord)),
          places_(std::min<int>(static_cast<int>(text.size()), kMostText)),
          best_(static_cast<std::size_t>(letters_ * places_), kNever),
          from_(best_.size(), -1) {
        for (int letter = 0; letter < letters_; ++letter) fill(word, text, letter);
    }

    std::optional<FuzzyMatch> result() const {
        int end = 0;
        for (int place = 1; place < places_; ++place)
            if (at(letters_ - 1, place) > at(letters_ - 1, end)) end = place;
        if (places_ == 0 || at(letters_ - 1, end) < kLeastPerLetter * letters_) return std::nullopt;
        FuzzyMatch match{.score = at(letters_ - 1, end), .positions = {}};
        for (int letter = letters_ - 1, place = end; letter >= 0; --letter) {
            match.positions.prepend(place);
            place = from_[index(letter, place)];
        }
        return match;
    }

  private:
    std::size_t index(int letter, int place) const {
        return static_cast<std::size_t>(letter * places_ + place);
    }
    int at(int letter, int place) const { return best_[index(letter, place)]; }

    void fill(const QString& word, const QString& text, int letter) {
        const QChar wanted = folded(word[letter]);
        int far = kNever;  // the best predecessor with a gap in between, the gap paid for
        int farFrom = -1;
        for (int place = 0; place < places_; ++place) {
            if (letter > 0 && place >= 2) {
                far -= kGap;
                if (at(letter - 1, place - 2) - kGap > far) {
                    far = at(letter - 1, place - 2) - kGap;
                    farFrom = place - 2;
                }
            }
            if (folded(text[place]) != wanted) continue;
            const int near = letter > 0 && place > 0 ? at(letter - 1, place - 1) + kRun : kNever;
            const int before = letter == 0 ? 0 : std::max(near, far);
            if (before <= kNever / 2) continue;
            best_[index(letter, place)] = before + letterScore(text, place);
            from_[index(letter, place)] = near >= far ? place - 1 : farFrom;
        }
    }

    int letters_;
    int places_;
    std::vector<int> best_;  ///< [letters, places]
    std::vector<int> from_;  ///< [letters, places]
};

}  // namespace

std::optional<FuzzyMatch> fuzzyMatch(const QString& query, const QString& text) {
    FuzzyMatch all;
    for (const QString& word : query.split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
        const auto found = WordSearch(word, text).result();
        if (!found) return std::nullopt;
        all.score += found->score;
        all.positions += found->positions;
    }
    std::sort(all.positions.begin(), all.positions.end());
    all.positions.erase(std::unique(all.positions.begin(), all.positions.end()),
                        all.positions.end());
    return all;
}

}  // namespace gatescope
