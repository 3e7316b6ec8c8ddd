namespace Mimir.Kernels.Tests;

/// <summary>Attention in float64, written from its definition.</summary>
internal sealed class AttentionReference(int batch, int tokens, int heads, int headSize)
{
    private readonly double _scale = 1 / Math.Sqrt(headSize);

    /// <summary>The output [batch, tokens, heads, headSize] and the log-sum-exp [batch, heads, tokens].</summary>
    public (double[] Y, double[] LogSumExp) Forward(double[] qkv)
    {
        var y = new double[batch * tokens * heads * headSize];
        var logSumExp = new double[batch * heads * tokens];
        ForEachQuery(qkv, (image, head, query, p, lse) =>
        {
            logSumExp[(image * heads + head) * tokens + query] = lse;
            for (var key = 0; key < tokens; key++)
            {
                for (var c = 0; c < headSize; c++)
                    y[Output(image, query, head) + c] += p[key] * qkv[Part(image, key, 2, head) + c];
            }
        });
        return (y, logSumExp);
    }

    /// <summary>The gradient of Σ dY∘y for qkv, from the softmax's own derivative: dS = P∘(dP − Σ P∘dP).</summary>
    public double[] Backward(double[] dY, double[] qkv)
    {
        var dQkv = new double[qkv.Length];
        var dP = new double[tokens];
        ForEachQuery(qkv, (image, head, query, p, _) =>
        {
            var mean = 0.0;
            for (var key = 0; key < tokens; key++)
            {
                dP[key] = Dot(dY, Output(image, query, head), qkv, Part(image, key, 2, head));
                mean += p[key] * dP[key];
            }

            for (var key = 0; key < tokens; key++)
            {
                var dS = p[key] * (dP[key] - mean) * _scale;
                for (var c = 0; c < headSize; c++)
                {
                    dQkv[Part(image, key, 2, head) + c] += p[key] * dY[Output(image, query, head) + c];
                    dQkv[Part(image, query, 0, head) + c] += dS * qkv[Part(image, key, 1, head) + c];
                    dQkv[Part(image, key, 1, head) + c] += dS * qkv[Part(image, query, 0, head) + c];
                }
            }
        });
        return dQkv;
    }

    private void ForEachQuery(double[] qkv, Action<int, int, int, double[], double> use)
    {
        var p = new double[tokens];
        for (var image = 0; image < batch; image++)
        {
            for (var head = 0; head < heads; head++)
            {
                for (var query = 0; query < tokens; query++)
                {
                    for (var key = 0; key < tokens; key++)
                        p[key] = _scale * Dot(qkv, Part(image, query, 0, head), qkv, Part(image, key, 1, head));
                    var highest = p.Max();
                    var lse = highest + Math.Log(p.Sum(s => Math.Exp(s - highest)));
                    for (var key = 0; key < tokens; key++)
                        p[key] = Math.Exp(p[key] - lse);
                    use(image, head, query, p, lse);
                }
            }
        }
    }

    private int Part(int image, int token, int part, int head) => (((image * tokens + token) * 3 + part) * heads + head) * headSize;

    private int Output(int image, int token, int head) => ((image * tokens + token) * heads + head) * headSize;

    private double Dot(double[] a, int atA, double[] b, int atB)
    {
        var sum = 0.0;
        for (var c = 0; c < headSize; c++)
            sum += a[atA + c] * b[atB + c];
        return sum;
    }
}
