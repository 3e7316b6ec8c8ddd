namespace Mimir.Benchmarks;

/// <summary>Options of a benchmark.</summary>
internal static class Arguments
{
    /// <summary>The number behind <paramref name="name"/>, or a default.</summary>
    public static int Number(string[] args, string name, int otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at < 0 ? otherwise : int.Parse(args[at + 1]);
    }

    /// <summary>The text behind <paramref name="name"/>, if any.</summary>
    public static string? Text(string[] args, string name)
    {
        var at = Array.IndexOf(args, name);
        return at < 0 ? null : args[at + 1];
    }
}
