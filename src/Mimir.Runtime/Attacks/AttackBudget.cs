using System.Globalization;

namespace Mimir.Runtime.Attacks;

/// <summary>The size of an attack with steps of one length, in pixel units of [0, 1] and the norm of the attack.</summary>
/// <param name="Epsilon">Radius of the ball.</param>
/// <param name="Alpha">Length of a step.</param>
/// <param name="Steps">Number of steps.</param>
public readonly record struct AttackBudget(float Epsilon, float Alpha, int Steps)
{
    /// <summary>Reads <c>8/255</c> as a fraction, and a number of 1 and more such as <c>8</c> as 255ths; <c>0.03</c> is itself.</summary>
    /// <exception cref="FormatException">It is neither, or not in [0, 1].</exception>
    public static float ParseLength(string text)
    {
        var parts = text.Split('/');
        if (parts.Length <= 2
            && double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && value >= 0)
        {
            var divisor = 1.0;
            if (parts.Length == 2 && (!double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out divisor) || !(divisor > 0 && double.IsFinite(divisor))))
                throw NotALength(text);
            var length = parts.Length == 2 ? value / divisor : value >= 1 ? value / 255 : value;
            if (length <= 1)
                return (float)length;
        }

        throw NotALength(text);
    }

    /// <summary>A length as people write it: <c>8/255</c> where it is a whole or half number of 255ths, else the plain number.</summary>
    public static string Describe(float length)
    {
        var steps = length * 255.0;
        return Math.Abs(steps * 2 - Math.Round(steps * 2)) < 1e-4
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Round(steps * 2) / 2:0.#}/255")
            : string.Create(CultureInfo.InvariantCulture, $"{length:0.####}");
    }

    private static FormatException NotALength(string text) =>
        new($"'{text}' is no length in [0, 1]; write 8/255, 8 (255ths) or 0.0314");
}
