namespace Mimir.Kernels;

/// <summary>The sizes of an attention call, and where a head's rows lie in its arrays.</summary>
internal readonly unsafe struct AttentionShape(int tokens, int heads, int headSize)
{
    /// <summary>Vectors of queries in a block: the width of the register tile.</summary>
    public const int QueryVectors = 2;

    public readonly int Tokens = tokens;
    public readonly int Heads = heads;
    public readonly int HeadSize = headSize;

    /// <summary>The factor of the scores.</summary>
    public float Scale => (float)(1 / Math.Sqrt(HeadSize));

    /// <summary>The head size rounded up to whole vectors.</summary>
    public int Padded(int lanes) => (HeadSize + lanes - 1) / lanes * lanes;

    /// <summary>Queries that are done in blocks, with vectors along the queries. The rest, a quarter of a vector at most (the class
    /// token makes it one query in a Vision Transformer), goes one query at a time, which costs less than a block of mostly empty lanes.</summary>
    public int BlockedQueries(int lanes) => Tokens % lanes <= lanes / 4 ? Tokens - Tokens % lanes : Tokens;

    /// <summary>Rows of part 0 (queries), 1 (keys) or 2 (values) of a [batch, tokens, 3, heads, headSize] array.</summary>
    public HeadRows Part(float* qkv, int task, int part)
    {
        nint width = (nint)Heads * HeadSize;
        return new HeadRows(qkv + task / Heads * (Tokens * 3 * width) + part * width + task % Heads * HeadSize, 3 * width);
    }

    /// <summary>Rows of a [batch, tokens, heads, headSize] array.</summary>
    public HeadRows Output(float* y, int task)
    {
        nint width = (nint)Heads * HeadSize;
        return new HeadRows(y + task / Heads * (Tokens * width) + task % Heads * HeadSize, width);
    }

    /// <summary>The most even length of key blocks of at most <paramref name="limit"/> keys.</summary>
    public int KeyBlock(int limit)
    {
        var blocks = (Tokens + limit - 1) / limit;
        return (Tokens + blocks - 1) / blocks;
    }
}
