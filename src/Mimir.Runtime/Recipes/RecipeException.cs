namespace Mimir.Runtime.Recipes;

/// <summary>An option's value is out of range, or options contradict each other. The message is one line that names the option.</summary>
public sealed class RecipeException(string message) : ArgumentException(message)
{
    /// <summary>Requires a condition.</summary>
    /// <exception cref="RecipeException">It does not hold.</exception>
    public static void Require(bool condition, string message)
    {
        if (!condition)
            throw new RecipeException(message);
    }
}
