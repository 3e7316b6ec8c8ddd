namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>What is known of a register's value across threads: a uniform part, and a divergent term such as the thread's index added to it,
/// so that <c>index + tid − tid</c> is known to be uniform again.</summary>
/// <param name="Rest">Uniformity of the value without the term.</param>
/// <param name="Term">Which term; 0 for none, −1 where nothing has been written.</param>
internal readonly record struct ThreadForm(Uniformity Rest, int Term = 0)
{
    public static ThreadForm Unwritten => new(Uniformity.Block, -1);

    /// <summary>How far threads may differ in the value.</summary>
    public Uniformity Level => Term > 0 ? Uniformity.Divergent : Rest;

    /// <summary>The value of either, by paths that threads take together.</summary>
    public ThreadForm Join(ThreadForm other)
    {
        if (this == other || other.Term < 0)
            return this;
        if (Term < 0)
            return other;
        return Term == other.Term ? Raise(other.Rest) : new ThreadForm(Max(Level, other.Level));
    }

    /// <summary>The value when threads that differ that far may have it from different paths.</summary>
    public ThreadForm Raise(Uniformity level) =>
        level <= Rest ? this : level == Uniformity.Divergent ? new ThreadForm(level) : this with { Rest = level };

    public static Uniformity Max(Uniformity one, Uniformity other) => one > other ? one : other;
}
