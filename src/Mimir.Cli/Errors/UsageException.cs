namespace Mimir.Cli.Errors;

/// <summary>The command line cannot be carried out as it stands. The message is one line that names the option.</summary>
internal sealed class UsageException(string message) : ArgumentException(message)
{
    /// <summary>Requires a condition.</summary>
    /// <exception cref="UsageException">It does not hold.</exception>
    public static void Require(bool condition, string message)
    {
        if (!condition)
            throw new UsageException(message);
    }
}
