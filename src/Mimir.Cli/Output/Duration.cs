namespace Mimir.Cli.Output;

/// <summary>Lengths of time as people say them.</summary>
internal static class Duration
{
    /// <summary>Such as <c>4.2 s</c>, <c>3 min 05 s</c>, <c>2 h 10 min</c>, <c>3 d 04 h</c>.</summary>
    public static string Describe(double seconds)
    {
        if (!(seconds < TimeSpan.FromDays(1000).TotalSeconds))
            return "years";
        var time = TimeSpan.FromSeconds(seconds);
        return time switch
        {
            { TotalSeconds: < 60 } => $"{seconds:0.0} s",
            { TotalHours: < 1 } => $"{time.Minutes} min {time.Seconds:00} s",
            { TotalDays: < 1 } => $"{time.Hours} h {time.Minutes:00} min",
            _ => $"{time.Days} d {time.Hours:00} h",
        };
    }
}
