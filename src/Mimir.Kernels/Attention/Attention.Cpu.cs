using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <content>The host form: one task an image and head. Inside a task everything is blocked by query: scores of a block are kept
/// transposed, [keys][queries], with vectors along the queries, so that the softmax runs down the lanes without any reduction across
/// them and no key is ever padded. Queries that would fill only a corner of a vector go one by one (<see cref="SingleQuery"/>). All
/// products go through <see cref="AttentionTile"/>; a head of at most half a vector gets its query outputs transposed as well, so that
/// the lanes are full there too.</content>
public static unsafe partial class Attention
{
    private static void OnHost(
        HostDevice host,
        DeviceSpan<float> qkv,
        int batch,
        int tokens,
        int heads,
        int headSize,
        DeviceSpan<float> y,
        DeviceSpan<float> logSumExp)
    {
        var kernel = new AttentionForwardKernel
        {
            Shape = new AttentionShape(tokens, heads, headSize), Qkv = qkv.Host, Y = y.Host, LogSumExp = logSumExp.Host,
        };
        host.For(checked(batch * heads), kernel);
    }

    private static void OnHost(
        HostDevice host,
        DeviceSpan<float> dY,
        DeviceSpan<float> qkv,
        DeviceSpan<float> y,
        DeviceSpan<float> logSumExp,
        int batch,
        int tokens,
        int heads,
        int headSize,
        DeviceSpan<float> dQkv)
    {
        var kernel = new AttentionBackwardKernel
        {
            Shape = new AttentionShape(tokens, heads, headSize),
            DY = dY.Host,
            Qkv = qkv.Host,
            Y = y.Host,
            LogSumExp = logSumExp.Host,
            DQkv = dQkv.Host,
        };
        host.For(checked(batch * heads), kernel);
    }
}
