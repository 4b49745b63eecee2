#include "ui/markdown/math_text.h"

#include <QHash>
#include <QStringView>
#include <utility>

namespace gatescope {
namespace {

/// Commands that are one sign. Names and signs are those of the Unicode mathematics tables.
const QHash<QString, QString>& signs() {
    static const QHash<QString, QString> kSigns = [] {
        QHash<QString, QString> out;
        const auto add = [&out](const char* names, const char* glyphs) {
            const auto name = QString::fromLatin1(names).split(QLatin1Char(' '));
            const auto glyph = QString::fromUtf8(glyphs).split(QLatin1Char(' '));
            for (int i = 0; i < name.size(); ++i) out.insert(name[i], glyph[i]);
        };
        add("alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda "
            "mu nu xi pi rho sigma varsigma tau upsilon phi varphi chi psi omega",
            "α β γ δ ϵ ε ζ η θ ϑ ι κ λ μ ν ξ π ρ σ ς τ υ ϕ φ χ ψ ω");
        add("Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega", "Γ Δ Θ Λ Ξ Π Σ Υ Φ Ψ Ω");
        add("le leq ge geq ne neq approx equiv sim simeq cong propto ll gg prec succ",
            "≤ ≤ ≥ ≥ ≠ ≠ ≈ ≡ ∼ ≃ ≅ ∝ ≪ ≫ ≺ ≻");
        add("times cdot div pm mp ast star circ bullet oplus otimes odot",
            "× · ÷ ± ∓ ∗ ⋆ ∘ • ⊕ ⊗ ⊙");
        add("to rightarrow leftarrow Rightarrow Leftarrow leftrightarrow Leftrightarrow iff mapsto "
            "uparrow downarrow implies",
            "→ → ← ⇒ ⇐ ↔ ⇔ ⇔ ↦ ↑ ↓ ⇒");
        add("in notin ni subset subseteq supset supseteq cup cap setminus emptyset varnothing",
            "∈ ∉ ∋ ⊂ ⊆ ⊃ ⊇ ∪ ∩ ∖ ∅ ∅");
        add("forall exists nexists neg lnot land wedge lor vee top bot vdash models therefore "
            "because",
            "∀ ∃ ∄ ¬ ¬ ∧ ∧ ∨ ∨ ⊤ ⊥ ⊢ ⊨ ∴ ∵");
        add("sum prod coprod int iint iiint oint partial nabla infty", "∑ ∏ ∐ ∫ ∬ ∭ ∮ ∂ ∇ ∞");
        add("ldots cdots vdots ddots dots prime angle degree hbar ell Re Im aleph wp",
            "… ⋯ ⋮ ⋱ … ′ ∠ ° ℏ ℓ ℜ ℑ ℵ ℘");
        add("lfloor rfloor lceil rceil langle rangle mid parallel perp Vert vert",
            "⌊ ⌋ ⌈ ⌉ ⟨ ⟩ ∣ ∥ ⟂ ‖ |");
        return out;
    }();
    return kSigns;
}

/// Functions whose name is what is read.
bool isNamedFunction(const QString& name) {
    static const QStringList kNames{QStringLiteral("sin"),
                                    QStringLiteral("cos"),
                                    QStringLiteral("tan"),
                                    QStringLiteral("log"),
                                    QStringLiteral("ln"),
                                    QStringLiteral("exp"),
                                    QStringLiteral("max"),
                                    QStringLiteral("min"),
                                    QStringLiteral("lim"),
                                    QStringLiteral("det"),
                                    QStringLiteral("dim"),
                                    QStringLiteral("sup"),
                                    QStringLiteral("inf"),
                                    QStringLiteral("gcd"),
                                    QStringLiteral("arg"),
                                    QStringLiteral("argmax"),
                                    QStringLiteral("argmin"),
                                    QStringLiteral("Pr")};
    return kNames.contains(name);
}

const QString kPlain = QStringLiteral("0123456789+-=()aehijklmnoprstuvx");
const QString kLowered = QString::fromUtf8("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ");
const QString kRaisable = QStringLiteral("0123456789+-=()abcdefghijklmnoprstuvwxyzT*");
const QString kRaised = QString::fromUtf8("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ*");

/// Each character by its small form; empty where one has none.
QString allOf(const QString& text, const QString& from, const QString& to) {
    QString out;
    for (const QChar c : text) {
        const auto at = from.indexOf(c);
        if (at < 0) return {};
        out += to[at];
    }
    return out;
}

QString inBrackets(const QString& text) {
    return text.size() <= 1 ? text : QLatin1Char('(') + text + QLatin1Char(')');
}

class Reader {
  public:
    explicit Reader(QStringView text) : text_(text) {}

    QString all() {
        QString out;
        while (at_ < text_.size()) out += element();
        return out.simplified();
    }

  private:
    /// The next group, command or character, as shown.
    QString element() {
        if (++depth_ > kDeepest) return rest();
        QString out;
        const QChar c = text_[at_++];
        if (c == QLatin1Char('\\'))
            out = command();
        else if (c == QLatin1Char('{'))
            out = group();
        else if (c == QLatin1Char('_'))
            out = script(kPlain, kLowered, QLatin1Char('_'));
        else if (c == QLatin1Char('^'))
            out = script(kRaisable, kRaised, QLatin1Char('^'));
        else if (c == QLatin1Char('~') || c == QLatin1Char('&'))
            out = QStringLiteral(" ");
        else if (c == QLatin1Char('-'))
            out = QString::fromUtf8("−");
        else if (c != QLatin1Char('}'))
            out = c;
        --depth_;
        return out;
    }

    QString rest() {
        const QString out = text_.mid(at_).toString();
        at_ = text_.size();
        return out;
    }

    QString group() {
        QString out;
        while (at_ < text_.size() && text_[at_] != QLatin1Char('}')) out += element();
        ++at_;
        return out;
    }

    QString argument() {
        while (at_ < text_.size() && text_[at_].isSpace()) ++at_;
        return at_ < text_.size() ? element() : QString();
    }

    QString script(const QString& from, const QString& to, QChar mark) {
        QString inside = argument();
        QString asWritten = inside;
        asWritten.replace(QString::fromUtf8("−"), QStringLiteral("-"));
        const QString small = allOf(asWritten, from, to);
        return small.isEmpty() ? mark + inBrackets(inside) : small;
    }

    QString command() {
        if (at_ >= text_.size()) return QStringLiteral("\\");
        if (!text_[at_].isLetter()) {
            const QChar c = text_[at_++];
            if (c == QLatin1Char('\\')) return QStringLiteral("; ");
            return QStringLiteral(",;:! >").contains(c) ? QStringLiteral(" ") : QString(c);
        }
        const auto begin = at_;
        while (at_ < text_.size() && text_[at_].isLetter()) ++at_;
        return named(text_.mid(begin, at_ - begin).toString());
    }

    QString named(const QString& name) {
        if (const auto sign = signs().constFind(name); sign != signs().constEnd()) return *sign;
        if (isNamedFunction(name)) {
            const bool touches = at_ < text_.size() && QStringView(u"_^({").contains(text_[at_]);
            return touches ? name : name + QLatin1Char(' ');
        }
        if (name == QLatin1String("frac") || name == QLatin1String("dfrac") ||
            name == QLatin1String("tfrac")) {
            const QString above = argument();
            const QString below = argument();
            return inBrackets(above) + QLatin1Char('/') + inBrackets(below);
        }
        if (name == QLatin1String("sqrt")) return root();
        if (name == QLatin1String("binom")) {
            const QString above = argument();
            return QStringLiteral("C(%1, %2)").arg(above, argument());
        }
        if (const QString mark = accent(name); !mark.isEmpty()) {
            const QString letters = argument();
            return letters.size() == 1 ? letters + mark : name + inBrackets(letters);
        }
        if (name == QLatin1String("begin") || name == QLatin1String("end")) {
            argument();  // what lies between is read as it stands
            return {};
        }
        if (name == QLatin1String("mathbb")) return doubleStruck(argument());
        if (name == QLatin1String("left") || name == QLatin1String("right") ||
            name == QLatin1String("displaystyle") || name == QLatin1String("limits"))
            return {};
        if (name == QLatin1String("quad") || name == QLatin1String("qquad"))
            return QStringLiteral("  ");
        // What only changes the letters' look keeps the letters.
        static const QStringList kLooks{QStringLiteral("text"),
                                        QStringLiteral("mathrm"),
                                        QStringLiteral("mathbf"),
                                        QStringLiteral("mathit"),
                                        QStringLiteral("mathcal"),
                                        QStringLiteral("operatorname"),
                                        QStringLiteral("boldsymbol"),
                                        QStringLiteral("boxed")};
        if (kLooks.contains(name)) return argument();
        return QLatin1Char('\\') + name;
    }

    QString root() {
        if (at_ >= text_.size() || text_[at_] != QLatin1Char('['))
            return QString::fromUtf8("√") + inBrackets(argument());
        const auto end = text_.indexOf(QLatin1Char(']'), at_);
        if (end < 0) return QString::fromUtf8("√");
        const QString index = text_.mid(at_ + 1, end - at_ - 1).trimmed().toString();
        at_ = end + 1;
        const QString small = allOf(index, kRaisable, kRaised);
        return (small.isEmpty() ? index : small) + QString::fromUtf8("√") + inBrackets(argument());
    }

    /// A mark above a letter; empty: `name` is none.
    static QString accent(const QString& name) {
        static const QHash<QString, QChar> kMarks{{QStringLiteral("hat"), QChar(0x0302)},
                                                  {QStringLiteral("widehat"), QChar(0x0302)},
                                                  {QStringLiteral("tilde"), QChar(0x0303)},
                                                  {QStringLiteral("bar"), QChar(0x0304)},
                                                  {QStringLiteral("overline"), QChar(0x0304)},
                                                  {QStringLiteral("dot"), QChar(0x0307)},
                                                  {QStringLiteral("ddot"), QChar(0x0308)},
                                                  {QStringLiteral("vec"), QChar(0x20D7)}};
        const auto found = kMarks.constFind(name);
        return found == kMarks.constEnd() ? QString() : QString(*found);
    }

    static QString doubleStruck(const QString& letters) {
        static const QHash<QString, QString> kLetters{
            {QStringLiteral("R"), QString::fromUtf8("ℝ")},
            {QStringLiteral("N"), QString::fromUtf8("ℕ")},
            {QStringLiteral("Z"), QString::fromUtf8("ℤ")},
            {QStringLiteral("Q"), QString::fromUtf8("ℚ")},
            {QStringLiteral("C"), QString::fromUtf8("ℂ")},
            {QStringLiteral("P"), QString::fromUtf8("ℙ")},
            {QStringLiteral("E"), QString::fromUtf8("𝔼")}};
        return kLetters.value(letters, letters);
    }

    static constexpr int kDeepest = 40;
    QStringView text_;
    qsizetype at_ = 0;
    int depth_ = 0;
};

}  // namespace

QString mathText(const QString& latex) {
    return Reader(latex).all();
}

}  // namespace gatescope
